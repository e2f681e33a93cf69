/** What stands where an answer will be: a word at first, a sentence when it takes long. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

const PATIENCE_MS = 5000;

export function Waiting(props: { text: string; trans: TranslationBundle }): React.JSX.Element {
  const [isLong, setLong] = React.useState(false);
  React.useEffect(() => {
    const timer = window.setTimeout(() => setLong(true), PATIENCE_MS);
    return () => window.clearTimeout(timer);
  }, []);
  return (
    <p className="tfgpu-muted" role="status">
      {props.text}
      {isLong &&
        ` ${props.trans.__('There is no answer yet. The server may be busy; it will be shown as soon as it comes.')}`}
    </p>
  );
}
