/** Stylelint: only our own classes, and no colour but the theme's, so that every theme is followed. */

/** The properties that may hold a colour. */
const COLOURED = [
  '/color$/',
  '/^background/',
  '/^border/',
  '/^outline/',
  '/shadow$/',
  'fill',
  'stroke',
  'text-decoration',
  'column-rule'
];

/** A variable of the theme, or our own, made of those; and what may stand beside: nothing of it is a colour. */
const VARIABLE = String.raw`var\(--(?:jp|tfgpu)-[\w-]+\)`;
const NEUTRAL = String.raw`\d*\.?\d+(?:px|em|rem|%)?|none|no-repeat|inherit|transparent|currentcolor|solid|dashed|dotted|collapse|separate|underline`;

export default {
  extends: ['stylelint-config-standard'],
  rules: {
    'selector-class-pattern': ['^tfgpu-[a-z0-9-]+$', { message: 'Only our own classes: .tfgpu-*' }],
    'selector-id-pattern': ['^tfgpu-[a-z0-9-]+$', { message: 'Only our own ids: #tfgpu-*' }],
    'custom-property-pattern': ['^(?:jp|tfgpu)-', { message: "Only the theme's properties, --jp-*, and our own" }],
    'color-named': 'never',
    'color-no-hex': true,
    'function-disallowed-list': [
      ['rgb', 'rgba', 'hsl', 'hsla', 'hwb', 'lab', 'lch', 'oklab', 'oklch', 'color', 'color-mix', 'light-dark'],
      { message: "Only the theme's colours: var(--jp-*)" }
    ],
    'declaration-property-value-allowed-list': [
      Object.fromEntries(COLOURED.map(property => [property, [`/^(?:(?:${VARIABLE}|${NEUTRAL})(?:\\s+|$))+$/`]])),
      { message: "Only the theme's colours: var(--jp-*)" }
    ]
  }
};
