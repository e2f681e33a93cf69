/** A loader: leaves out of uPlot what our charts do not use, a seventh of its weight; they have a legend of their own. */
const UNUSED = [
  ['const showLegend = legend.show;', 'const showLegend = false;'],
  ['(paths.stepped = stepped);', ''],
  ['(paths.bars    = bars);', ''],
  ['(paths.spline  = monotoneCubic);', ''],
  ['uPlot.join = join;', '']
];

module.exports = source =>
  UNUSED.reduce((text, [part, instead]) => {
    if (!text.includes(part)) {
      throw new Error(`This uPlot has no "${part}": look what scripts/uplot_part.cjs may leave out of it.`);
    }
    return text.replace(part, instead);
  }, source);
