/** Whether this page and the server extension are of the same version. */

/** The version of this page; package.json has the same, which a test holds. */
export const PAGE_VERSION = '0.1.0';

/** `server-older`, `page-older`: which of the two has to follow. An unbuilt server is of no version and fits. */
export type Fit = 'same' | 'server-older' | 'page-older';

/** Compare the server's version with this page's; what comes after the numbers does not count. */
export function fit(server: string, page = PAGE_VERSION): Fit {
  const [theirs, ours] = [numbers(server), numbers(page)];
  if (!theirs || !ours || server.includes('+unbuilt')) {
    return 'same';
  }
  const at = ours.findIndex((number, index) => number !== theirs[index]);
  if (at < 0) {
    return 'same';
  }
  return (theirs[at] ?? 0) < (ours[at] ?? 0) ? 'server-older' : 'page-older';
}

/** The three numbers of a version; null when it has none. */
function numbers(version: string): number[] | null {
  return /^(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number) ?? null;
}
