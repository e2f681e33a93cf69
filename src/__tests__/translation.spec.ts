// @vitest-environment node
/** Every word that JSX shows goes through the translator; templates too, which ESLint's rule does not see. */
import { readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import * as ts from 'typescript';
import { describe, expect, it } from 'vitest';

/** Attributes whose text a user sees or hears. */
const SPOKEN = /^(title|alt|placeholder|label|aria-(label|description|valuetext|roledescription))$/;

const hasLetters = (text: string) => /\p{L}/u.test(text);

/** The texts that an expression may become by itself, whatever its data. */
function rawTexts(node: ts.Expression): string[] {
  if (ts.isParenthesizedExpression(node)) {
    return rawTexts(node.expression);
  }
  if (ts.isStringLiteralLike(node)) {
    return [node.text];
  }
  if (ts.isTemplateExpression(node)) {
    const spans = node.templateSpans.flatMap(span => [...rawTexts(span.expression), span.literal.text]);
    return [node.head.text, ...spans];
  }
  if (ts.isConditionalExpression(node)) {
    return [...rawTexts(node.whenTrue), ...rawTexts(node.whenFalse)];
  }
  if (ts.isBinaryExpression(node)) {
    const isAnd = node.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken;
    const isComparison = [ts.SyntaxKind.EqualsEqualsEqualsToken, ts.SyntaxKind.ExclamationEqualsEqualsToken].includes(
      node.operatorToken.kind
    );
    return isComparison ? [] : [...(isAnd ? [] : rawTexts(node.left)), ...rawTexts(node.right)];
  }
  return []; // a call, such as trans.__(), or data
}

/** The words in a source text that nobody can translate. */
function untranslated(source: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isJsxText(node)) {
      found.push(node.text.trim());
    } else if (ts.isJsxAttribute(node)) {
      const { initializer } = node;
      if (initializer && SPOKEN.test(node.name.getText())) {
        const isText = ts.isStringLiteral(initializer);
        const expression = ts.isJsxExpression(initializer) ? initializer.expression : undefined;
        found.push(...(isText ? [initializer.text] : expression ? rawTexts(expression) : []));
      }
    } else if (ts.isJsxExpression(node) && node.expression && !ts.isJsxAttribute(node.parent)) {
      found.push(...rawTexts(node.expression));
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('source.tsx', source, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX));
  return found.filter(hasLetters);
}

const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(
  name => name.endsWith('.tsx') && !name.includes('__tests__')
);

describe('a word that nobody can translate', () => {
  it.each([
    ['text', '<p>Run it</p>', 'Run it'],
    ['a string', "<p>{'Run it'}</p>", 'Run it'],
    ['a template', '<p>{`${n} runs`}</p>', ' runs'],
    ['one side of a choice', "<p>{busy ? trans.__('Busy') : 'Idle'}</p>", 'Idle'],
    ['a fallback', "<p>{name ?? 'Nobody'}</p>", 'Nobody'],
    ['what follows a condition', "<p>{busy && 'Busy'}</p>", 'Busy'],
    ['a sum', "<p>{'Size: ' + n}</p>", 'Size: '],
    ['a spoken attribute', '<p aria-label="Run it" />', 'Run it'],
    ['a template in a spoken attribute', '<p title={`${n} runs`} />', ' runs'],
    ['text deep within', "<p>{list.map(one => <b key={one}>{trans.__('a')} Run it</b>)}</p>", 'Run it']
  ])('is found as %s', (_, source, word) => {
    expect(untranslated(`const a = ${source};`)).toEqual([word]);
  });

  it.each([
    '<p className="tfgpu-muted">{trans.__(\'Run it\')} · {name}</p>',
    "<p title={trans.__('Run it')}>{trans._n('%1 run', '%1 runs', n)}</p>",
    "<p data-verdict={verdict === 'gpu' ? 'a' : 'b'}>{verdict === 'gpu' && trans.__('GPU')}</p>",
    '<p>{`${step}…`}</p>'
  ])('is not found in %s', source => {
    expect(untranslated(`const a = ${source};`)).toEqual([]);
  });

  it('is looked for in all files with JSX', () => {
    expect(files.length).toBeGreaterThan(5);
  });

  it.each(files)('is not in %s', name => {
    expect(untranslated(readFileSync(join('src', name), 'utf8'))).toEqual([]);
  });
});
