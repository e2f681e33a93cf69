/** What an answer has in common with the one before it stays the same object: views see by that what has not changed. */

type Parts = Record<string, unknown>;

/** `now`, in which each part that equals the part of `before` at its place is that part itself. Changes `now`. */
export function kept<T>(before: unknown, now: T): T {
  if (!isWhole(before) || !isWhole(now) || Array.isArray(before) !== Array.isArray(now)) {
    return now;
  }
  const names = Object.keys(now);
  let isSame = names.length === Object.keys(before).length;
  for (const name of names) {
    const part = kept(before[name], now[name]);
    isSame &&= part === before[name];
    (now as Parts)[name] = part;
  }
  return isSame ? (before as T) : now;
}

const isWhole = (value: unknown): value is Parts => typeof value === 'object' && value !== null;
