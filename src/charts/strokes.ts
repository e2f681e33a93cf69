/** The path of a line: thinned where points are denser than pixels, with dashes that are measured along x. */
import type { IColumns } from './columns';

/** More points a pixel than this are thinned to the lowest and the highest in each pixel, which looks the same. */
const DENSE = 2;

/** Half the width of the mark for a value that has no neighbour, in CSS pixels. */
const MARK_PX = 2;

/** Values to places on the canvas, in its pixels. */
export interface IPlaces {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
}

/** The rows of the columns that are drawn, both ends included. */
export interface IRows {
  readonly from: number;
  readonly to: number;
  /** Whether the first of them is the last of what is drawn already. */
  readonly isMore: boolean;
  /** Whether points are denser than pixels, by `isDense`. */
  readonly isDense: boolean;
}

/** Whether so many rows on so many pixels are thinned. */
export const isDense = (rows: number, pixels: number) => rows > DENSE * pixels;

/**
 * The canvas measures dashes along the line: where it jumps up and down, that makes thousands of them, costs most of a
 * redraw, and looks like noise. These keep their place in time, so that they do not crawl while the chart moves on.
 * `line`: number of the column. `dash`: lengths on and off, in CSS pixels; empty for a solid line. A null ends the line.
 * `isOpen`: it ends with a mark for a single value, of which another may make a line.
 */
export function strokes(
  { x: xs, ys }: IColumns,
  line: number,
  places: IPlaces,
  dash: readonly number[],
  rows: IRows
): { path: Path2D; isOpen: boolean } {
  const column = ys[line] ?? [];
  const pen = new Pen(dash, places.x(1), rows.isMore);
  // Of the pixel that is being gathered.
  let [pixel, low, high] = [NaN, NaN, NaN];
  const flush = () => {
    if (!isNaN(pixel)) {
      const isUp = high - pen.y < pen.y - low;
      pen.to(pixel, isUp ? high : low);
      pen.to(pixel, isUp ? low : high);
      pixel = NaN;
    }
  };
  for (let row = rows.from; row <= rows.to; row++) {
    const value = column[row] ?? null;
    if (value === null) {
      flush();
      pen.lift();
      continue;
    }
    const [x, y] = [places.x(xs[row] ?? 0), places.y(value)];
    if (!rows.isDense) {
      pen.to(x, y);
    } else if (Math.round(x) === pixel) {
      low = Math.max(low, y);
      high = Math.min(high, y);
    } else {
      flush();
      [pixel, low, high] = [Math.round(x), y, y];
    }
  }
  flush();
  return { path: pen.path, isOpen: pen.lift() };
}

/** Draws from left to right. */
class Pen {
  /** `origin`: a place on the canvas where the dashes begin. `isMore`: it begins at the end of what is drawn already. */
  constructor(
    dash: readonly number[],
    private readonly origin: number,
    private isMore: boolean
  ) {
    this.lengths = dash.map(length => length * devicePixelRatio);
    this.period = this.lengths.reduce((sum, length) => sum + length, 0);
  }

  readonly path = new Path2D();
  /** Where it was last. */
  y = 0;

  /** End the line; whether that left a mark, as one value alone makes no line. */
  lift(): boolean {
    const isAlone = this.isDown && !this.hasMoved && !this.isMore;
    if (isAlone) {
      const size = MARK_PX * devicePixelRatio;
      this.path.rect(this.x - size, this.y - size, 2 * size, 2 * size);
    }
    this.isDown = this.isMore = false;
    return isAlone;
  }

  to(x: number, y: number): void {
    if (!this.isDown) {
      this.isDown = true;
      this.hasMoved = false;
      this.path.moveTo(x, y);
      this.begin(x);
    } else {
      this.hasMoved ||= x !== this.x || y !== this.y;
      while (x - this.x > this.left) {
        const [nextX, share] = [this.x + this.left, this.left / (x - this.x)];
        this.go(nextX, this.y + (y - this.y) * share);
        this.part = (this.part + 1) % this.lengths.length;
        this.left = this.lengths[this.part] ?? Infinity;
      }
      this.left -= x - this.x;
      this.go(x, y);
    }
    [this.x, this.y] = [x, y];
  }

  private go(x: number, y: number): void {
    if (this.part % 2) {
      this.path.moveTo(x, y);
    } else {
      this.path.lineTo(x, y);
    }
    [this.x, this.y] = [x, y];
  }

  /** Find the dash or gap that is at this place. */
  private begin(x: number): void {
    if (this.period) {
      let rest = (x - this.origin) % this.period;
      this.part = this.lengths.findIndex(length => (rest -= length) < 0);
      this.left = -rest;
    }
  }

  private readonly lengths: readonly number[];
  private readonly period: number;
  private isDown = false;
  private hasMoved = false;
  private x = 0;
  private part = 0;
  /** How far the present dash or gap goes on. */
  private left = Infinity;
}
