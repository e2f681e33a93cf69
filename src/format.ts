/** Numbers to text: the only place with units. */

/** What the user reads best; the whole page has one choice. */
export interface IUnits {
  memory: 'GiB' | 'GB';
  temperature: 'C' | 'F';
}

const MEMORY = {
  GiB: { step: 1024, names: ['B', 'KiB', 'MiB', 'GiB', 'TiB'] },
  GB: { step: 1000, names: ['B', 'kB', 'MB', 'GB', 'TB'] }
};

let units: IUnits = { memory: 'GiB', temperature: 'C' };

/** Write numbers in these units from now on. */
export function chooseUnits(chosen: IUnits): void {
  units = chosen;
}

/** Which units are in use, in one word: what was written in others is out of date. */
export function unitsInUse(): string {
  return units.memory + units.temperature;
}

/** Bytes as people read them: 0 B, 512 MiB, 79.2 GiB; or 0 B, 537 MB, 85.0 GB. */
export function bytes(value: number): string {
  const { step, names } = MEMORY[units.memory];
  let unit = 0;
  let scaled = value;
  while (Math.round(scaled) >= step && unit < names.length - 1) {
    scaled /= step;
    unit++;
  }
  const digits = unit === 0 || scaled >= 99.95 ? 0 : 1;
  return `${scaled.toFixed(digits)} ${names[unit]}`;
}

/** A part of a whole in bytes, the unit once where it is the same: 12.3 of 79.2 GiB. */
export function bytesOf(part: number, whole: number, of: (part: string, whole: string) => string): string {
  const [few, all] = [bytes(part), bytes(whole)];
  const [number, unit] = few.split(' ');
  return of(unit && all.endsWith(` ${unit}`) ? (number ?? few) : few, all);
}

/** Three significant digits, without an exponent: 0.412, 4.13, 41.3, 989. */
export function tflops(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** A share as a whole percentage. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** A temperature that was measured in degrees Celsius. */
export function celsius(value: number): string {
  return units.temperature === 'F' ? `${Math.round(value * 1.8 + 32)} °F` : `${Math.round(value)} °C`;
}

export function watts(value: number): string {
  return `${Math.round(value)} W`;
}

export function megahertz(value: number): string {
  return `${Math.round(value)} MHz`;
}

/** A ratio as people say it: 0.040, 3.2, 47. */
export function times(ratio: number): string {
  return ratio >= 10 ? ratio.toFixed(0) : ratio.toPrecision(2);
}

/** Seconds since the epoch to text: a formatter is dear to make and cheap to use. */
function told(options: Intl.DateTimeFormatOptions): (seconds: number) => string {
  let made: Intl.DateTimeFormat | null = null;
  return seconds => (made ??= new Intl.DateTimeFormat([], options)).format(seconds * 1000);
}

/** Seconds since the epoch as the time of day. */
export const clock = told({ timeStyle: 'medium' });

const MINUTES = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;

/** Seconds since the epoch as hours and minutes, short enough for an axis. */
export const clockMinutes = told(MINUTES);

/** The same with seconds. */
export const clockSeconds = told({ ...MINUTES, second: '2-digit' });

/** Seconds since the epoch as a date. */
export const day = told({ day: 'numeric', month: 'long', year: 'numeric' });

/** A stretch of time, rounded up: 9 s, 2 min. */
export function duration(seconds: number): string {
  return seconds > 90 ? `${Math.ceil(seconds / 60)} min` : `${Math.ceil(seconds)} s`;
}

/** A text whose numbers stay on one line with their units: 9.8 GiB, 63 %, 8:46 AM; and what became of them. */
export function unbroken(text: string): string {
  return text
    .replace(/ → /g, '\u00a0→\u00a0')
    .replace(/(\d) (?=(?:%|°[CF]|(?:[kKMGT]i?)?B(?:\/s)?|T(?:FL)?OP\/s|W|MHz|ms|s|min|[AaPp][Mm])(?!\w))/g, '$1\u00a0');
}

/** A rate in 10^9 bytes a second. */
export function gigabytesPerSecond(rate: number): string {
  return `${rate < 100 ? rate.toFixed(1) : rate.toFixed(0)} GB/s`;
}
