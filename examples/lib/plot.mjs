// A histogram of latencies as SVG: logarithmic x axis, marks at chosen values.
export function histogramSvg(values, { title, subtitle, marks = [] }) {
  const width = 860;
  const height = 420;
  const left = 60;
  const right = 20;
  const top = 70;
  const bottom = 60;
  const lowest = Math.log10(Math.max(0.01, Math.min(...values)));
  const highest = Math.log10(Math.max(...values, ...marks.map((mark) => mark.at))) + 0.05;
  const bins = 80;
  const counts = new Array(bins).fill(0);
  for (const value of values) {
    const bin = Math.floor(((Math.log10(Math.max(0.01, value)) - lowest) / (highest - lowest)) * bins);
    counts[Math.min(bins - 1, Math.max(0, bin))] += 1;
  }
  const tallest = Math.max(...counts);
  const x = (value) => left + ((Math.log10(value) - lowest) / (highest - lowest)) * (width - left - right);
  const y = (count) => height - bottom - (count / tallest) * (height - top - bottom);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="white"/>`,
    `<text x="${left}" y="26" font-size="17" font-weight="bold">${title}</text>`,
    `<text x="${left}" y="46" fill="#555">${subtitle}</text>`,
  ];
  const step = (width - left - right) / bins;
  counts.forEach((count, bin) => {
    if (count === 0) return;
    parts.push(
      `<rect x="${(left + bin * step).toFixed(1)}" y="${y(count).toFixed(1)}" width="${(step - 1).toFixed(1)}" height="${(height - bottom - y(count)).toFixed(1)}" fill="#2a7ab0"/>`,
    );
  });
  for (let power = Math.ceil(lowest); power <= highest; power += 1) {
    const value = 10 ** power;
    parts.push(
      `<line x1="${x(value)}" x2="${x(value)}" y1="${height - bottom}" y2="${height - bottom + 5}" stroke="#333"/>`,
      `<text x="${x(value)}" y="${height - bottom + 20}" text-anchor="middle">${value >= 1000 ? `${value / 1000} s` : `${value} ms`}</text>`,
    );
  }
  marks.forEach(({ at, label, color = '#b03030' }, index) => {
    parts.push(
      `<line x1="${x(at)}" x2="${x(at)}" y1="${top - 8}" y2="${height - bottom}" stroke="${color}" stroke-dasharray="4 3"/>`,
      `<text x="${x(at) - 4}" y="${top + 6 + index * 15}" text-anchor="end" fill="${color}">${label}</text>`,
    );
  });
  parts.push(
    `<line x1="${left}" x2="${width - right}" y1="${height - bottom}" y2="${height - bottom}" stroke="#333"/>`,
    `<text x="${(left + width) / 2}" y="${height - 14}" text-anchor="middle" fill="#555">from the client's request to the start of the handler</text>`,
    '</svg>',
  );
  return parts.join('\n');
}
