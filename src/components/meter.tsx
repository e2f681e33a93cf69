/** A label, a bar and a value in one row; without a value the reason for that. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

export interface IMeterProps {
  label: string;
  /** Share of the whole, 0 to 1; null when it is not known. */
  share: number | null;
  text: string;
  reason?: string | undefined;
  trans: TranslationBundle;
}

export function Meter(props: IMeterProps): React.JSX.Element {
  const { label, share, text, trans } = props;
  if (share === null) {
    return (
      <p className="tfgpu-muted tfgpu-meter-absent">
        {label}: {props.reason ?? trans.__('not known yet')}
      </p>
    );
  }
  const value = asPercent(share);
  return (
    <div className="tfgpu-meter">
      <span className="tfgpu-meter-label">{label}</span>
      <div
        className="tfgpu-bar"
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={value}
        aria-valuetext={text}
      >
        <div style={filled(value)} />
      </div>
      <span className="tfgpu-numbers tfgpu-meter-value">{text}</span>
    </div>
  );
}

/** The bar alone, for a row whose words stand elsewhere. */
export function Bar(props: { share: number }): React.JSX.Element {
  return (
    <span className="tfgpu-bar" aria-hidden="true">
      <span style={filled(asPercent(props.share))} />
    </span>
  );
}

/** A value that changes often, in a box of its own: its place has a size whatever it says, and only it is laid out. */
export function Figure(props: { text: string }): React.JSX.Element {
  return (
    <span className="tfgpu-numbers tfgpu-muted tfgpu-often">
      <span>{props.text}</span>
    </span>
  );
}

const asPercent = (share: number) => Math.round(Math.max(0, Math.min(1, share)) * 100);

/** Not a width: that would have the page laid out at every reading. */
const filled = (value: number) => ({ transform: `scaleX(${value / 100})` });
