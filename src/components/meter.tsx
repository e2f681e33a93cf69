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
        style={filled(value)}
      />
      <span className="tfgpu-numbers tfgpu-meter-value">{text}</span>
    </div>
  );
}

/** The bar alone, for a row whose words stand elsewhere. */
export function Bar(props: { share: number }): React.JSX.Element {
  return <span className="tfgpu-bar" aria-hidden="true" style={filled(asPercent(props.share))} />;
}

/**
 * A value that changes often, in a box of its own: its place has a size whatever it says, and only it is laid out.
 * `into`: told the box when it is written anew by another than React.
 */
export function Figure(props: { text: string; into?: (box: HTMLElement | null) => void }): React.JSX.Element {
  return (
    <span className="tfgpu-numbers tfgpu-muted tfgpu-often">
      <span ref={props.into}>{props.text}</span>
    </span>
  );
}

const asPercent = (share: number) => Math.round(Math.max(0, Math.min(1, share)) * 100);

/** Not a width, nor a transform: the page would be laid out, or put together, anew at every reading. */
const filled = (value: number) => ({ backgroundSize: `${value}% 100%` });
