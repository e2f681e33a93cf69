/** Style sheets as text: a loader that does no more than this would weigh as much as three of our plugins. */

/** Put style sheets into the page; called once for each part that is loaded. */
export function addSheet(...sheets: readonly string[]): void {
  const node = document.createElement('style');
  node.textContent = sheets.join('\n');
  document.head.append(node);
}
