/** What the builder does for us beside its own: style sheets become plain text, and uPlot comes without unused parts. */
module.exports = {
  module: {
    rules: [
      { test: /\.raw\.css$/, use: [require.resolve('./scripts/css_text.cjs')] },
      { test: /uPlot\.esm\.js$/, use: [require.resolve('./scripts/uplot_part.cjs')] }
    ]
  }
};
