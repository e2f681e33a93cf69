/** ESLint: types are used where they help; who may import whom is the table of docs/architecture.md. */
import js from '@eslint/js';
import jupyter from '@jupyter/eslint-plugin';
import prettier from 'eslint-config-prettier';
import { createNodeResolver, importX } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

const REACT = ['react', 'react-dom'];
const VIEWS = ['@lumino/widgets', '@jupyterlab/apputils', '@jupyterlab/application', '@jupyterlab/ui-components'];

/**
 * The table, one row a folder of src/ ('' is src/ itself).
 * `ours`: the only files of other folders that it may import. `never`: packages, and all below them.
 * `typesOnly`: packages whose types may be named but whose code may not be loaded.
 * Nothing but src/index.ts names plugins/, because no row has it.
 */
const LAYERS = {
  api: { ours: [], never: [...REACT, ...VIEWS] },
  model: { ours: ['api/client', 'api/types', 'tokens'], never: REACT, typesOnly: VIEWS },
  charts: { ours: ['api/types', 'format'], never: ['@jupyterlab/services', '@lumino'] },
  components: {
    ours: ['api/types', 'format', 'charts/[^/]+'],
    never: ['@lumino', '@jupyterlab/services', '@jupyterlab/apputils', '@jupyterlab/application']
  },
  widgets: {
    ours: [
      'api/types',
      'format',
      'icon',
      'tokens',
      'model/[^/]+',
      'components/[^/]+',
      'charts/[^/]+',
      'sheet',
      'style/[^/]+'
    ],
    never: ['@jupyterlab/services']
  },
  plugins: {
    ours: ['api/[^/]+', 'format', 'icon', 'tokens', 'model/[^/]+', 'components/[^/]+', 'widgets/[^/]+'],
    never: REACT
  }
};

/** A regular expression of the packages and all below them. */
const packages = names => `^(?:${names.join('|')})(?:/|$)`;

/** The rules of one folder; an import is an import however it is written. */
function layer(folder, { ours, never, typesOnly = [] }) {
  // A lookahead that cannot be dodged by a shorter row of `../`.
  const foreign = `^(?:\\.\\./)+(?!\\.\\./)(?!(?:${ours.join('|') || '$^'})$)`;
  const message = `${folder}/ may not import this: see docs/architecture.md, who may import whom.`;
  const banned = [foreign, packages(never)];
  const lazily = [...banned, ...(typesOnly.length ? [packages(typesOnly)] : [])];
  // A selector holds its expression between slashes.
  const inSelector = pattern => pattern.replaceAll('/', '\\/');
  return {
    name: `layers/${folder}`,
    files: [`src/${folder}/**/*.{ts,tsx}`],
    ignores: ['**/__tests__/**'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            ...banned.map(regex => ({ regex, message })),
            ...(typesOnly.length ? [{ regex: packages(typesOnly), message, allowTypeImports: true }] : [])
          ]
        }
      ],
      'no-restricted-syntax': [
        'error',
        ...lazily.map(pattern => ({
          selector: `ImportExpression[source.value=/${inSelector(pattern)}/]`,
          message
        })),
        ...banned.map(pattern => ({
          selector: `TSImportType[source.value=/${inSelector(pattern)}/]`,
          message
        }))
      ]
    }
  };
}

/** Files of src/ itself: words, numbers and the icon, below everything; only index.ts knows the plugins. */
const root = {
  name: 'layers/root',
  files: ['src/*.{ts,tsx}'],
  ignores: ['src/index.ts'],
  rules: {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            regex: '^\\./(?!api/types$)',
            message: 'A file of src/ itself imports none of ours: see docs/architecture.md, who may import whom.'
          }
        ]
      }
    ]
  }
};

export default tseslint.config(
  {
    ignores: [
      'lib/',
      'node_modules/',
      'tfgpu_lab/',
      'tests/',
      '.*/',
      'src/api/types.d.ts',
      'ui-tests/.state/',
      'ui-tests/test-results/',
      'ui-tests/playwright-report/'
    ]
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx,mts}'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { project: './tsconfig.test.json', tsconfigRootDir: import.meta.dirname }
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { string: true } }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // A signal takes the method and its `this` apart: connect(this.follow, this).
      '@typescript-eslint/unbound-method': 'off',
      // tsc asks for brackets where a name is only known to be a string: absent['power_w'].
      '@typescript-eslint/dot-notation': 'off'
    }
  },
  {
    files: ['src/**/*.{ts,tsx}'],
    plugins: { jupyter },
    rules: {
      '@typescript-eslint/naming-convention': [
        'error',
        { selector: 'interface', format: ['PascalCase'], custom: { regex: '^I[A-Z]', match: true } }
      ],
      ...jupyter.configs.recommended[0].rules,
      'jupyter/no-untranslated-string': 'error',
      'jupyter/no-dynamic-translation': 'error',
      'jupyter/incorrect-translator-usage': 'error',
      'jupyter/command-described-by': 'error',
      'jupyter/plugin-description': 'error',
      // What activation does not need is loaded by widgets/sidebar.ts when the panel is first shown.
      'jupyter/prefer-lazy-imports': 'off'
    }
  },
  {
    files: ['src/**/*.{ts,tsx}'],
    plugins: { 'import-x': importX },
    settings: {
      'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.tsx', '.d.ts', '.js'] })],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts', '.tsx'] }
    },
    rules: {
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      'import-x/no-duplicates': 'error',
      'import-x/first': 'error',
      'import-x/newline-after-import': 'error'
    }
  },
  {
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      curly: 'error',
      'no-console': ['error', { allow: ['warn', 'error'] }]
    }
  },
  ...Object.entries(LAYERS).map(([folder, row]) => layer(folder, row)),
  root,
  {
    files: ['**/__tests__/**', 'ui-tests/**'],
    rules: {
      // A stand-in is typed as far as its test needs it; a test may wait for nothing.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      // What a page evaluates has other types there than here.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      'jupyter/no-untranslated-string': 'off',
      'jupyter/require-signal-cleanup': 'off',
      'jupyter/prefer-signal-this-arg': 'off'
    }
  },
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } }
  },
  prettier
);
