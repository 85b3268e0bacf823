"""AWS's regular expressions as C++: a run of one character class becomes a bitmap loop; anything else goes to wire::Pattern's
general matcher, compiled on first use."""
import re

CLASS = re.compile(r"^\^?\(?(?P<class>\[(?:\\.|[^\]\\])+\]|\\d|\\p\{Print\})(?P<count>[+*]|\{\d+(?:,\d*)?\})?\)?(?P<count2>[+*])?\$?$")
ESCAPES = {"d": "0123456789", "t": "\t", "n": "\n", "r": "\r",
           "w": "0123456789_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "s": " \t\n\r\f\v"}


def _members(text):
    """(ascii characters, other characters allowed) of the inside of [...]; None when it is not understood."""
    negated = text.startswith("^")
    text = text[1:] if negated else text
    chars, others, i = set(), False, 0

    def one():
        nonlocal i
        c = text[i]
        i += 1
        if c != "\\":
            return c
        e = text[i]
        i += 1
        if e == "u":
            i += 4
            return chr(int(text[i - 4:i], 16))
        if e == "x":
            i += 2
            return chr(int(text[i - 2:i], 16))
        if e == "p":
            end = text.index("}", i)
            name, i = text[i + 1:end], end + 1
            return {"L": set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"), "N": set("0123456789"), "Z": {" "}}[name]
        if e == "S":
            return {chr(c) for c in range(128)} - set(ESCAPES["s"])
        return set(ESCAPES[e]) if e in ESCAPES and (len(ESCAPES[e]) > 1) else ESCAPES.get(e, e)

    while i < len(text):
        wide = text.startswith(("\\p", "\\S"), i)
        low = one()
        if isinstance(low, set):
            chars |= low
            others |= wide
            continue
        if i + 1 < len(text) and text[i] == "-":
            mark = i
            i += 1
            high = one()
            if isinstance(high, set):
                i = mark
                chars.add(low)
                continue
            others |= ord(high) > 127
            chars |= {chr(c) for c in range(ord(low), min(ord(high), 127) + 1)}
        elif ord(low) < 128:
            chars.add(low)
        else:
            others = True
    if negated:
        return {chr(c) for c in range(128)} - chars, True
    return chars, others


def run(pattern):
    """(bitmap low, bitmap high, others, min, max) when the pattern is one run of a class, else None."""
    match = CLASS.match(pattern)
    if not match:
        return None
    inside = match["class"]
    if inside.startswith("["):
        chars, others = _members(inside[1:-1])
    elif inside == r"\d":
        chars, others = set("0123456789"), False
    else:
        chars, others = {chr(c) for c in range(0x20, 0x7F)}, False
    count, count2 = match["count"], match["count2"]
    if count2 and count:
        return None
    count = count or count2 or "{1}"
    if count == "+":
        low, high = 1, -1
    elif count == "*":
        low, high = 0, -1
    else:
        numbers = count[1:-1].split(",")
        low = int(numbers[0])
        high = low if len(numbers) == 1 else (int(numbers[1]) if numbers[1] else -1)
    bits = sum(1 << ord(c) for c in chars)
    return bits & (2**64 - 1), bits >> 64, others, low, high


def cpp(pattern):
    """The C++ initialiser of a wire::Pattern."""
    from .names import text
    simple = run(pattern)
    if simple is None:
        return f"wire::Pattern({text(pattern)})"
    low, high, others, least, most = simple
    return f"wire::Pattern({text(pattern)}, wire::CharRun{{{low:#x}u, {high:#x}u, {str(others).lower()}, {least}, {most}}})"
