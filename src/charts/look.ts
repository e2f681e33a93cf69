/** How the lines of a chart look: the theme's colours, and a dash pattern, so that no line is told by colour alone. */

/** Canvas cannot read variables: they are resolved where the chart stands, and again when the theme changes. */
const LINES = [
  '--jp-brand-color1',
  '--jp-error-color1',
  '--jp-success-color1',
  '--jp-warn-color1',
  '--jp-ui-font-color1'
];
const DASHES = [[], [7, 3], [2, 3], [9, 3, 2, 3], [12, 5], [4, 2], [9, 3, 2, 3, 2, 3], [1, 2]];

export interface ILook {
  /** A variable of the theme, such as `--jp-brand-color1`. */
  readonly variable: string;
  /** Lengths of dash and gap, in pixels; empty for a solid line. */
  readonly dash: readonly number[];
}

/** The look of the line with this number; the first 40 differ, and the first eight differ in their dashes. */
export function look(index: number): ILook {
  const shift = Math.floor(index / DASHES.length);
  return {
    variable: LINES[(index + shift) % LINES.length] ?? '',
    dash: DASHES[index % DASHES.length] ?? []
  };
}

/** The theme's colours at a node, each read once until the theme changes. */
export class Palette {
  constructor(private readonly node: Element) {}

  get(variable: string): string {
    const known = this.known.get(variable);
    if (known !== undefined) {
      return known;
    }
    const colour = getComputedStyle(this.node).getPropertyValue(variable).trim();
    this.known.set(variable, colour);
    return colour;
  }

  forget(): void {
    this.known.clear();
  }

  private readonly known = new Map<string, string>();
}

/** Call `use` whenever JupyterLab has changed its theme; the answer ends that. */
export function onTheme(use: () => void): () => void {
  const observer = new MutationObserver(use);
  observer.observe(document.body, { attributes: true, attributeFilter: ['data-jp-theme-name', 'data-jp-theme-light'] });
  return () => observer.disconnect();
}
