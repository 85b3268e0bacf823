// Generated users of about 2.4 kB each: the same ones at every run.
const WORDS = 'amber birch cedar delta ember fjord grove heron inlet jetty kelp larch maple north ocean pebble quartz river stone tide'.split(' ');

function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

export function* users(count) {
  const next = generator(2024);
  const word = () => WORDS[Math.floor(next() * WORDS.length)];
  for (let i = 0; i < count; i++) {
    yield {
      userId: { S: `user-${String(i).padStart(6, '0')}` },
      name: { S: `${word()} ${word()}` },
      email: { S: `${word()}.${word()}.${i}@example.com` },
      age: { N: String(18 + Math.floor(next() * 70)) },
      active: { BOOL: next() < 0.8 },
      tags: { SS: [...new Set([word(), word(), word()])] },
      address: { M: { street: { S: `${word()} ${Math.floor(next() * 200)}` }, city: { S: word() } } },
      biography: { S: Array.from({ length: 340 }, word).join(' ') },
    };
  }
}
