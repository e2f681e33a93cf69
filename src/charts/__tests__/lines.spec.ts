/** The lines' own canvas: what is drawn is moved on by whole pixels, and only what is new is drawn. */
import type uPlot from 'uplot';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { Lines, type IView } from '../lines';
import { look, Palette } from '../look';

/** What was done on the canvas: cleared, moved by so many pixels, or a line drawn over these places. */
type Deed = 'clear' | { moved: number } | { line: string[]; colour: string };

let deeds: Deed[] = [];

beforeEach(() => {
  deeds = [];
  vi.stubGlobal('devicePixelRatio', 1);
  vi.stubGlobal(
    'Path2D',
    class {
      readonly steps: string[] = [];
      moveTo = (x: number, y: number) => this.steps.push(`M${x.toFixed(1)},${y.toFixed(1)}`);
      lineTo = (x: number, y: number) => this.steps.push(`L${x.toFixed(1)},${y.toFixed(1)}`);
      rect = (x: number, y: number) => this.steps.push(`R${x.toFixed(1)},${y.toFixed(1)}`);
    }
  );
  const context = {
    strokeStyle: '',
    globalCompositeOperation: 'source-over',
    setTransform: vi.fn(),
    clearRect: () => deeds.push('clear'),
    drawImage(_: unknown, x: number) {
      expect(this.globalCompositeOperation, 'what was there must go').toBe('copy');
      deeds.push({ moved: x });
    },
    stroke(path: { steps: string[] }) {
      expect(this.globalCompositeOperation).toBe('source-over');
      deeds.push({ line: path.steps, colour: this.strokeStyle });
    }
  };
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(context as never);
});

/** Ten units of x are a hundred pixels, a hundred of y too. */
const view = (from: number, changes: Partial<IView> = {}): IView => ({ from, span: 10, top: 100, ...changes });
const columns = (x: number[], ...ys: (number | null)[][]) => ({ x, ys });
const solid = (isShown = true) => ({ label: 'GPU 0', look: look(0), isShown });

function chart(isLinear = true) {
  const over = document.createElement('div');
  const node = document.body.appendChild(document.createElement('div'));
  node.style.setProperty('--jp-brand-color1', 'navy');
  const valToPos = (value: number) => 50 + Math.log2(value) * 10;
  const bbox = { left: 50, top: 8, width: 100, height: 100 };
  const lines = new Lines({ over, bbox, valToPos } as unknown as uPlot, new Palette(node), isLinear);
  const did = (...args: Parameters<Lines['draw']>) => {
    deeds = [];
    lines.draw(...args);
    return deeds;
  };
  return { lines, over, did };
}

describe('lines that go on', () => {
  it('are drawn whole at first, on a canvas with room for the line at each edge', () => {
    const { did, over } = chart();
    expect(did(columns([0, 5, 10], [0, 50, 100]), [solid()], view(0))).toEqual([
      'clear',
      { line: ['M0.0,100.0', 'L50.0,50.0', 'L100.0,0.0'], colour: 'navy' }
    ]);
    expect([over.querySelector('canvas')!.width, over.querySelector('canvas')!.height]).toEqual([101, 101]);
  });

  it('are moved, and only what is new is drawn', () => {
    const { did } = chart();
    did(columns([0, 5, 10], [0, 50, 100]), [solid()], view(0));
    expect(did(columns([5, 10, 12], [50, 100, 40]), [solid()], view(2))).toEqual([
      { moved: -20 },
      { line: ['M80.0,0.0', 'L100.0,60.0'], colour: 'navy' }
    ]);
    expect(did(columns([5, 10, 12, 11.5], [50, 100, 40, 0]), [solid()], view(2)), 'the same window').toEqual([
      { line: ['M100.0,60.0', 'L95.0,100.0'], colour: 'navy' }
    ]);
  });

  it('do nothing where nothing is new', () => {
    const { did } = chart();
    const same = columns([0, 5], [0, 50]);
    did(same, [solid()], view(0));
    expect(did(same, [solid()], view(0))).toEqual([]);
  });

  it('have a gap where there was no value, on either side of what was drawn', () => {
    const { did } = chart();
    did(columns([0, 5], [0, 50]), [solid()], view(0));
    const gap = did(columns([0, 5, 6, 7], [0, 50, null, 20]), [solid()], view(0));
    expect(gap).toEqual([{ line: ['M50.0,50.0', 'M70.0,80.0', 'R68.0,78.0'], colour: 'navy' }]);
    const after = did(columns([0, 5, 6, 7, 8], [0, 50, null, 20, 30]), [solid()], view(0));
    expect(after, 'the mark becomes a line').toEqual([
      'clear',
      { line: ['M0.0,100.0', 'L50.0,50.0', 'M70.0,80.0', 'L80.0,70.0'], colour: 'navy' }
    ]);
  });

  it('leave out those that are hidden', () => {
    const { did } = chart();
    expect(did(columns([0, 5], [0, 50], [1, 1]), [solid(false), solid()], view(0))).toHaveLength(2);
  });
});

describe('lines are drawn anew', () => {
  const before = columns([0, 5], [0, 50]);
  const after = columns([0, 5, 6], [0, 50, 60]);

  it.each([
    ['the scale', view(0, { top: 200 }), after],
    ['the stretch of time', view(0, { span: 60 }), after],
    ['the history, as after a restart of the server', view(0), columns([1, 2], [0, 50])],
    ['the window, to one that is not whole pixels away', view(0.05), after],
    ['the window, backwards', view(-1), after],
    ['the window, by more than there is', view(0 + 10), columns([0, 5, 12], [0, 50, 60])]
  ])('after a change of %s', (_, now, then) => {
    const { did } = chart();
    did(before, [solid()], view(0));
    expect(did(then, [solid()], now)[0]).toBe('clear');
  });

  it('after they were told to forget, and where steps of x are not equal', () => {
    const { did, lines } = chart();
    did(before, [solid()], view(0));
    lines.forget();
    expect(did(before, [solid()], view(0))[0]).toBe('clear');
    const other = chart(false);
    other.did(columns([2, 4], [0, 50]), [solid()], view(0));
    expect(other.did(columns([2, 4, 8], [0, 50, 100]), [solid()], view(0))).toEqual([
      'clear',
      { line: ['M10.0,100.0', 'L20.0,50.0', 'L30.0,0.0'], colour: 'navy' }
    ]);
  });

  it('and are gone when nothing is in view', () => {
    const { did } = chart();
    did(before, [solid()], view(0));
    expect(did(before, [solid()], view(100))).toEqual(['clear']);
  });
});
