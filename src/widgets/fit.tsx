/** Asks the server's version once, when the panel is first shown. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { FitNotice } from '../components/fitnotice';
import { fit, PAGE_VERSION } from '../model/versions';

interface IProps {
  /** The version of the server extension; rejects when there is no answer, which other words tell. */
  ask: () => Promise<string>;
  trans: TranslationBundle;
}

export function VersionFit({ ask, trans }: IProps): React.JSX.Element | null {
  const [server, setServer] = React.useState<string | null>(null);
  React.useEffect(() => {
    ask()
      .then(setServer)
      .catch(() => undefined);
    // Once: a server of another version is another start of the server, and of the page.
  }, []);
  return server === null ? null : <FitNotice fit={fit(server)} server={server} page={PAGE_VERSION} trans={trans} />;
}
