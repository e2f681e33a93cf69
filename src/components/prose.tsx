/** A sentence in which what stands between backticks is code. */
import * as React from 'react';

import { unbroken } from '../format';

export function Prose(props: { text: string }): React.JSX.Element {
  return (
    <>
      {props.text
        .split('`')
        .map((part, index) =>
          index % 2 ? <code key={index}>{part}</code> : <React.Fragment key={index}>{unbroken(part)}</React.Fragment>
        )}
    </>
  );
}
