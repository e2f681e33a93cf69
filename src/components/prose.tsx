/** A sentence in which what stands between backticks is code. */
import * as React from 'react';

export function Prose(props: { text: string }): React.JSX.Element {
  return (
    <>
      {props.text
        .split('`')
        .map((part, index) =>
          index % 2 ? <code key={index}>{part}</code> : <React.Fragment key={index}>{part}</React.Fragment>
        )}
    </>
  );
}
