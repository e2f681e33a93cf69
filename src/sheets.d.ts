/** A style sheet is its text; see webpack.config.cjs. */
declare module '*.raw.css' {
  const text: string;
  export default text;
}
