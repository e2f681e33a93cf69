/**
 * A loader: leaves out of uPlot what our charts do not use, a fifth of its weight; they have a legend and lines of
 * their own.
 */
const UNUSED = [
  ['const showLegend = legend.show;', 'const showLegend = false;'],
  ['const linearPath = linear() ;', 'const linearPath = null;'],
  ['const pointsPath = points() ;', 'const pointsPath = null;'],
  ['let paths = uPlot.paths = {\n\t\tpoints,\n\t};', 'let paths = uPlot.paths = {};'],
  ['(paths.linear  = linear);', ''],
  ['(paths.stepped = stepped);', ''],
  ['(paths.bars    = bars);', ''],
  ['(paths.spline  = monotoneCubic);', ''],
  ['uPlot.addGap = addGap;', ''],
  ['uPlot.clipGaps = clipGaps;', ''],
  ['uPlot.join = join;', '']
];

module.exports = source =>
  UNUSED.reduce((text, [part, instead]) => {
    if (!text.includes(part)) {
      throw new Error(`This uPlot has no "${part}": look what scripts/uplot_part.cjs may leave out of it.`);
    }
    return text.replace(part, instead);
  }, source);
