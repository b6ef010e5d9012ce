/** Shut while a connection takes no more; those who want to write wait until it opens. */
export class Gate {
  #shut: { opened: Promise<void>; open: () => void } | undefined

  /** Resolves when it opens; undefined while it is open. */
  get opened(): Promise<void> | undefined {
    return this.#shut?.opened
  }

  shut(): void {
    if (this.#shut) return
    let open = () => {}
    const opened = new Promise<void>((resolve) => (open = resolve))
    this.#shut = { opened, open }
  }

  open(): void {
    this.#shut?.open()
    this.#shut = undefined
  }
}
