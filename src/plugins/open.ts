/** Brings a kernel's notebook or console to the front, through JupyterLab's own commands. */
import type { JupyterFrontEnd } from '@jupyterlab/application';

/** `kindOf`: what a kernel's session is, such as `notebook` or `console`. */
export function opener(app: JupyterFrontEnd, kindOf: (kernelId: string) => string | null) {
  return (kernelId: string, path: string): void => {
    const isConsole = kindOf(kernelId) === 'console';
    void app.commands.execute(isConsole ? 'console:open' : 'docmanager:open', { path, activate: true });
  };
}
