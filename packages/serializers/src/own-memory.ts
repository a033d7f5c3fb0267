/** The same kind of view with the same contents, in memory that nothing else shares. */
export function ownMemory(view: ArrayBufferView): ArrayBufferView {
  const memory = new ArrayBuffer(view.byteLength)
  new Uint8Array(memory).set(new Uint8Array(view.buffer, view.byteOffset, view.byteLength))
  if (Buffer.isBuffer(view)) return Buffer.from(memory)
  const View: new (memory: ArrayBuffer) => ArrayBufferView = Reflect.get(view, 'constructor')
  return new View(memory)
}
