import { connect, type Socket } from 'node:net'
import { until } from '../src/index.ts'

/** A client that sends lines and keeps the bytes of the answers, for what others would hide. */
export class RawClient implements Disposable {
  /** Everything that came, without the line ends. */
  received = ''
  readonly socket: Socket

  constructor({ host, port }: { readonly host: string; readonly port: number }) {
    this.socket = connect({ host, port })
    this.socket.on('error', () => {})
    this.socket.on('data', (chunk: Buffer) => {
      this.received += chunk.toString().replaceAll('\r\n', ' ')
    })
  }

  /** Sends inline commands. */
  send(...lines: readonly string[]): void {
    this.socket.write(lines.map((line) => `${line}\r\n`).join(''))
  }

  /** Waits until this has come. */
  async expect(text: string): Promise<void> {
    await until(`"${text}"`, () => this.received.includes(text), { ms: 5000, every: 1 })
  }

  [Symbol.dispose](): void {
    this.socket.destroy()
  }
}
