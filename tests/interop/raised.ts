/** An error with the name and arguments that a Python exception of the contract has. */
export class Raised extends Error {
  readonly args: readonly unknown[]

  constructor(name: string, ...args: unknown[]) {
    super(args.join(', '))
    this.name = name
    this.args = args
  }
}
