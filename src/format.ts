/** Numbers to text: the only place with units. */

const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** Bytes as people read them: 0 B, 512 MiB, 79.2 GiB. */
export function bytes(value: number): string {
  let unit = 0;
  let scaled = value;
  while (Math.round(scaled) >= 1024 && unit < BINARY.length - 1) {
    scaled /= 1024;
    unit++;
  }
  const digits = unit === 0 || scaled >= 99.95 ? 0 : 1;
  return `${scaled.toFixed(digits)} ${BINARY[unit]}`;
}

/** Three significant digits, without an exponent: 0.412, 4.13, 41.3, 989. */
export function tflops(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** A share as a whole percentage. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

export function celsius(value: number): string {
  return `${Math.round(value)} °C`;
}

export function watts(value: number): string {
  return `${Math.round(value)} W`;
}

/** A ratio as people say it: 0.040, 3.2, 47. */
export function times(ratio: number): string {
  return ratio >= 10 ? ratio.toFixed(0) : ratio.toPrecision(2);
}

/** Seconds since the epoch as the time of day. */
export function clock(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString();
}
