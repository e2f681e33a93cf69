/** Whether a kernel is installing packages just now: what is said of it then may be another thing in a moment. */
import type { ISessionContext } from '@jupyterlab/apputils';

/** A line that installs or removes packages, in a shell escape, a magic or a `%%bash` cell. */
const INSTALLS =
  /^\s*[%!]*\s*(?:sudo\s+)?(?:\S*python\S*\s+-m\s+)?(?:uv\s+)?(?:pip3?|conda|mamba|micromamba|apt|apt-get|uv)\s+(?:\S+\s+)*?(?:install|uninstall|add|remove|update|upgrade)\b/m;

type Message = Parameters<Parameters<ISessionContext['iopubMessage']['connect']>[0]>[1];

export class InstallWatch {
  /** Follow another notebook or console; null follows none. */
  follow(context: ISessionContext | null): void {
    if (context !== this.context) {
      this.context?.iopubMessage.disconnect(this.onMessage, this);
      this.context = context;
      context?.iopubMessage.connect(this.onMessage, this);
    }
  }

  /** Whether this kernel runs such a cell. */
  isInstalling(kernelId: string): boolean {
    return this.installing.has(kernelId);
  }

  private onMessage(context: ISessionContext, message: Message): void {
    const id = context.session?.kernel?.id;
    if (!id) {
      return;
    }
    const content = message.content as { code?: string; execution_state?: string };
    if (message.header.msg_type === 'execute_input' && INSTALLS.test(content.code ?? '')) {
      this.installing.add(id);
    } else if (message.header.msg_type === 'status' && content.execution_state === 'idle') {
      this.installing.delete(id);
    }
  }

  private context: ISessionContext | null = null;
  private readonly installing = new Set<string>();
}
