// @vitest-environment node
/** Stylelint really holds what the style sheets promise: our own classes, the theme's colours. */
import stylelint from 'stylelint';
import { describe, expect, it } from 'vitest';

/** The rules that a style sheet breaks. */
async function broken(code: string): Promise<string[]> {
  const { results } = await stylelint.lint({ code, codeFilename: 'style/planted.css' });
  return results.flatMap(result => result.warnings.map(warning => warning.rule));
}

const VALUES = 'declaration-property-value-allowed-list';

describe('a style sheet', () => {
  it.each([
    ['a class of somebody else', '.jp-Toolbar {\n  margin: 0;\n}\n', 'selector-class-pattern'],
    ['a colour by name', '.tfgpu-a {\n  color: red;\n}\n', 'color-named'],
    ['a colour in hexadecimal', '.tfgpu-a {\n  border: 1px solid #fff;\n}\n', 'color-no-hex'],
    ['a colour by a function', '.tfgpu-a {\n  box-shadow: 0 0 1px rgb(1 2 3);\n}\n', 'function-disallowed-list'],
    ['a colour of the system', '.tfgpu-a {\n  background: canvas;\n}\n', VALUES],
    ['a variable that is not of the theme', '.tfgpu-a {\n  color: var(--md-blue-500);\n}\n', VALUES]
  ])('has no %s', async (_, code, rule) => {
    expect(await broken(code)).toContain(rule);
  });

  it('may have our classes in the colours of the theme', async () => {
    const code = '.tfgpu-a {\n  border: var(--jp-border-width) solid var(--jp-border-color1);\n  color: inherit;\n}\n';
    expect(await broken(code)).toEqual([]);
  });
});
