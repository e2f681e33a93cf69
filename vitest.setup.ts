/** What jsdom lacks and JupyterLab's packages touch when they are loaded; and what one file must not leave to the next. */
import { MessageLoop } from '@lumino/messaging';
import { afterEach } from 'vitest';

// Lumino's loop waits for a frame; one that was asked for under a faked clock never comes.
afterEach(() => MessageLoop.flush());

/** jsdom has some of the names without a value. */
const isMissing = (holder: object, name: string) => Reflect.get(holder, name) === undefined;

const inBrowser = typeof window !== 'undefined';

if (inBrowser) {
  class Observer {
    observe(): void {
      // Nothing changes its size here.
    }
    unobserve(): void {
      // Nothing is observed.
    }
    disconnect(): void {
      // Nothing is observed.
    }
  }
  const standIns = {
    // React's act() is allowed only where the environment says that it is a test.
    IS_REACT_ACT_ENVIRONMENT: true,
    DragEvent: class extends MouseEvent {},
    IntersectionObserver: Observer,
    ResizeObserver: Observer,
    matchMedia: () => ({ matches: false, addEventListener: () => undefined, removeEventListener: () => undefined }),
    requestIdleCallback: (callback: () => void) => window.setTimeout(callback, 0),
    cancelIdleCallback: (handle: number) => window.clearTimeout(handle)
  };
  for (const [name, value] of Object.entries(standIns)) {
    if (isMissing(globalThis, name)) {
      Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
    }
  }
  if (isMissing(navigator, 'clipboard')) {
    Object.defineProperty(navigator, 'clipboard', { value: {}, configurable: true });
  }
  if (isMissing(document, 'queryCommandSupported')) {
    Object.defineProperty(document, 'queryCommandSupported', { value: () => false });
  }
}
