/** The path of a line: thinned where points are denser than pixels, with dashes that are measured along x. */
import type uPlot from 'uplot';

/** More points a pixel than this are thinned to the lowest and the highest in each pixel, which looks the same. */
const DENSE = 2;

/**
 * The canvas measures dashes along the line: where it jumps up and down, that makes thousands of them, costs most of a
 * redraw, and looks like noise. These keep their place in time, so that they do not crawl while the chart moves on.
 * `dash`: lengths on and off, in CSS pixels; empty for a solid line. A null ends the line: no clipping is needed.
 * `isLinear`: whether equal steps of x are equal steps on the canvas.
 */
export function strokes(dash: readonly number[], isLinear: boolean): uPlot.Series.PathBuilder {
  return (self, series, from, to) => {
    const [xs, ys] = [self.data[0], self.data[series] ?? []];
    const [xOf, yOf] = [places(self, 'x', isLinear), places(self, 'y', true)];
    const pen = new Pen(dash, xOf(1));
    const isDense = to - from > DENSE * self.bbox.width;
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
    for (let row = from; row <= to; row++) {
      const value = ys[row] ?? null;
      if (value === null) {
        flush();
        pen.lift();
        continue;
      }
      const [x, y] = [xOf(xs[row] ?? 0), yOf(value)];
      if (!isDense) {
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
    return { stroke: pen.path };
  };
}

/** Draws from left to right. */
class Pen {
  /** `origin`: a place on the canvas where the dashes begin. */
  constructor(
    dash: readonly number[],
    private readonly origin: number
  ) {
    this.lengths = dash.map(length => length * devicePixelRatio);
    this.period = this.lengths.reduce((sum, length) => sum + length, 0);
  }

  readonly path = new Path2D();
  /** Where it was last. */
  y = 0;

  lift(): void {
    this.isDown = false;
  }

  to(x: number, y: number): void {
    if (!this.isDown) {
      this.isDown = true;
      this.path.moveTo(x, y);
      this.begin(x);
    } else {
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
  private x = 0;
  private part = 0;
  /** How far the present dash or gap goes on. */
  private left = Infinity;
}

/** Values to places on the canvas; on a linear scale that is worked out once for all. */
function places(self: uPlot, name: string, isLinear: boolean): (value: number) => number {
  const place = (value: number) => self.valToPos(value, name, true);
  if (!isLinear) {
    return place;
  }
  const { min = 0, max = 1 } = self.scales[name] ?? {};
  const from = place(min);
  const step = (place(max) - from) / (max - min);
  return value => from + (value - min) * step;
}
