/** Who is on a button that goes away stays near it: the keyboard would begin at the top of the page otherwise. */
import * as React from 'react';

/** A ref for an element; when it goes away with the focus in it, `next` gets the focus. */
export function useHandover<T extends HTMLElement>(next: React.RefObject<HTMLElement>): React.RefObject<T> {
  const own = React.useRef<T>(null);
  React.useLayoutEffect(() => {
    const node = own.current;
    return () => {
      if (node?.contains(document.activeElement)) {
        next.current?.focus();
      }
    };
  }, [next]);
  return own;
}
