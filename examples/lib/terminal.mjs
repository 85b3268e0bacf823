// What a person looks at: a progress bar, and a table in the terminal.

export function progress(label, total, unit) {
  const width = 30;
  let last = 0;
  const draw = (done) => {
    const share = Math.min(1, done / total);
    const bar = '█'.repeat(Math.round(share * width)).padEnd(width, '░');
    process.stdout.write(`\r${label} ${bar} ${String(Math.round(share * 100)).padStart(3)} %  ${unit(done)} `);
  };
  return {
    update(done) {
      const now = Date.now();
      if (!process.stdout.isTTY || now - last < 50) return;
      last = now;
      draw(done);
    },
    done(text) {
      if (process.stdout.isTTY) draw(total);
      else process.stdout.write(label);
      process.stdout.write(`  ${text}\n`);
    },
  };
}

// rows: arrays of strings; the first row is the head. Numbers align right.
export function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => String(row[column] ?? '').length)));
  const line = (row, head) =>
    row
      .map((cell, column) => {
        const text = String(cell ?? '');
        return !head && /^[-\d.<>]/.test(text) ? text.padStart(widths[column]) : text.padEnd(widths[column]);
      })
      .join('  ');
  const [head, ...body] = rows;
  console.log(line(head, true));
  console.log(widths.map((width) => '─'.repeat(width)).join('  '));
  for (const row of body) console.log(line(row, false));
}

export const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`;
export const millis = (ms) => `${ms < 10 ? ms.toFixed(2) : ms.toFixed(0)} ms`;
export const megabytes = (bytes) => `${(bytes / 1e6).toFixed(2)} MB`;
