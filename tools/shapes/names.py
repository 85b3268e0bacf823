"""Names: AWS's to C++'s."""
import re

KEYWORDS = set("""alignas alignof and asm auto bool break case catch char class const constexpr continue default delete do double
else enum explicit export extern false float for friend goto if inline int long mutable namespace new noexcept not nullptr
operator or private protected public register requires return short signed sizeof static struct switch template this throw true
try typedef typename union unsigned using virtual void volatile while xor errno major minor""".split())


def snake(name: str) -> str:
    """TableName -> table_name, SSESpecification -> sse_specification, default -> default_"""
    out = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    out = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", out)
    out = re.sub(r"\W+", "_", out).lower()
    if out[0].isdigit():
        out = "_" + out
    return out + "_" if out in KEYWORDS else out


def pascal(name: str) -> str:
    """A C++ type's name for a shape: the shape's own, its first letter upper."""
    out = re.sub(r"\W", "_", name)
    return out[0].upper() + out[1:]


def constant(value: str) -> str:
    """An enum value's constant: ALL_NEW -> kAllNew, nodejs20.x -> kNodejs20X, TRIM_HORIZON -> kTrimHorizon"""
    words = [w for w in re.split(r"[^A-Za-z0-9]+", value) if w]
    return "k" + "".join(w[0].upper() + (w[1:].lower() if w.isupper() else w[1:]) for w in words)


def java_path(member: str) -> str:
    """As AWS's constraint texts name a member: its first letter lower."""
    return member[0].lower() + member[1:]


def text(value: str) -> str:
    """A C++ string literal."""
    out = []
    for c in value:
        if c in '"\\':
            out.append("\\" + c)
        elif ord(c) < 0x20 or ord(c) == 0x7F:
            out.append(f"\\{ord(c):03o}")
        else:
            out.append(c)
    return '"' + "".join(out) + '"'
