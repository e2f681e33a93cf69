/** A mark and a word for each verdict: colour alone says nothing. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { components } from '../api/types';

export type Verdict = components['schemas']['KernelReport']['verdict'];

export function verdictWord(verdict: Verdict, trans: TranslationBundle): string {
  const words: Record<Verdict, string> = {
    gpu: trans.__('On the GPU'),
    'gpu-ready': trans.__('GPU ready'),
    'cpu-fallback': trans.__('Falls back to the CPU'),
    'cpu-only': trans.__('On the CPU'),
    'not-loaded': trans.__('TensorFlow not imported'),
    'no-tensorflow': trans.__('No TensorFlow'),
    unknown: trans.__('Cannot tell')
  };
  return words[verdict];
}

export function verdictMark(verdict: Verdict): string {
  return { gpu: '✓', 'gpu-ready': '✓', 'cpu-fallback': '⚠' }[verdict as string] ?? '○';
}
