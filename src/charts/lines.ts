/** The lines of a chart, on a canvas of their own: when time goes on they are moved, and only what is new is drawn. */
import type uPlot from 'uplot';

import type { IColumns } from './columns';
import type { ILook, Palette } from './look';
import { isDense, strokes, type IPlaces } from './strokes';

/** Where nothing but the CPU draws, as on many servers, a line of more than one pixel takes ten times as long. */
const LINE_PX = 1;
/** Two windows of time are whole pixels apart, but for rounding. */
const ALMOST = 0.01;

export interface ILine {
  readonly label: string;
  readonly look: ILook;
  readonly isShown: boolean;
}

/** What of the values is in view: x from `from` on, as far as `span`; y from 0 to `top`. */
export interface IView {
  readonly from: number;
  readonly span: number;
  readonly top: number;
}

interface IDrawn {
  readonly view: IView;
  /** The x of the last row. */
  readonly last: number | undefined;
  /** Whether one of the lines ends with a mark for a single value. */
  readonly isOpen: boolean;
}

export class Lines {
  /** `isLinear`: whether equal steps of x are equal steps on the canvas; else nothing can be moved. */
  constructor(
    private readonly plot: uPlot,
    private readonly palette: Palette,
    private readonly isLinear: boolean
  ) {
    plot.over.prepend(this.canvas);
  }

  /** Draw all anew the next time: the lines, their colours or the chart's size are others. */
  forget(): void {
    this.drawn = null;
  }

  draw(columns: IColumns, lines: readonly ILine[], view: IView): void {
    const context = this.canvas.getContext('2d');
    const { x } = columns;
    const { drawn } = this;
    const { width } = this.plot.bbox;
    const [from, to] = [x.findIndex(one => one >= view.from), x.length - 1];
    if (!context || from < 0) {
      this.clear(context);
      return;
    }
    const known = drawn && !drawn.isOpen ? x.lastIndexOf(drawn.last ?? NaN) : -1;
    const shift = drawn && known >= 0 && this.isLinear ? pixels(drawn.view, view, width) : null;
    if (shift === null) {
      this.clear(context);
    } else if (shift > 0) {
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.globalCompositeOperation = 'copy';
      context.drawImage(this.canvas, -shift, 0);
      context.globalCompositeOperation = 'source-over';
    } else if (known === to) {
      return;
    }
    const isMore = shift !== null;
    const rows = { from: isMore ? known : Math.max(0, from - 1), to, isMore, isDense: isDense(to - from, width) };
    context.lineWidth = this.linePx;
    const offset = (this.linePx % 2) / 2;
    context.setTransform(1, 0, 0, 1, offset, offset);
    const places = this.places(view);
    let isAnyOpen = false;
    lines.forEach(({ isShown, look }, index) => {
      if (isShown) {
        const { isOpen, path } = strokes(columns, index, places, look.dash, rows);
        context.strokeStyle = this.palette.get(look.variable);
        context.stroke(path);
        isAnyOpen ||= isOpen;
      }
    });
    this.drawn = { view, last: x[to], isOpen: isAnyOpen };
  }

  private clear(context: CanvasRenderingContext2D | null): void {
    this.forget();
    const { height, width } = this.plot.bbox;
    const { canvas, linePx } = this;
    // The line at either edge has its whole width.
    [canvas.width, canvas.height] = [width + linePx, height + linePx];
    context?.clearRect(0, 0, canvas.width, canvas.height);
    canvas.style.width = `${canvas.width / devicePixelRatio}px`;
    canvas.style.height = `${canvas.height / devicePixelRatio}px`;
  }

  private get linePx(): number {
    return Math.max(1, Math.round(LINE_PX * devicePixelRatio));
  }

  private places({ from, span, top }: IView): IPlaces {
    const { height, left, width } = this.plot.bbox;
    return {
      x: this.isLinear
        ? value => ((value - from) / span) * width
        : value => this.plot.valToPos(value, 'x', true) - left,
      y: value => height * (1 - value / top)
    };
  }

  private readonly canvas = document.createElement('canvas');
  private drawn: IDrawn | null = null;
}

/** By how many whole pixels what was drawn has to move to the left; null where moving it does not do. */
function pixels(before: IView, now: IView, width: number): number | null {
  const shift = ((now.from - before.from) / now.span) * width;
  const whole = Math.round(shift);
  const isAlike = before.span === now.span && before.top === now.top;
  return isAlike && whole >= 0 && whole < width && Math.abs(shift - whole) < ALMOST ? whole : null;
}
