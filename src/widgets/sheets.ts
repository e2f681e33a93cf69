/** What comes with the panel when it is first shown. */
import base from '../../style/base.raw.css';
import benchmark from '../../style/benchmark.raw.css';
import charts from '../../style/charts.raw.css';
import fixes from '../../style/fixes.raw.css';
import gpus from '../../style/gpus.raw.css';
import lists from '../../style/lists.raw.css';

export const SHEETS = [base, gpus, charts, lists, fixes, benchmark];
