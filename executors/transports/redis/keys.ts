/** Names of what stands in Redis, all of it below one prefix; several flows may share a Redis by different ones. */
export class Keys {
  readonly prefix: string

  constructor(prefix: string) {
    this.prefix = prefix
  }

  /** The frames of a job, one binary value. */
  payload(job: string): string {
    return `${this.prefix}:payload:${job}`
  }

  /** Positions in a job's frames whose requests are done with: answered, or given up by their callers. */
  done(job: string): string {
    return `${this.prefix}:done:${job}`
  }

  /** Positions in a job's frames whose callers were given parts of their answers. */
  told(job: string): string {
    return `${this.prefix}:told:${job}`
  }

  /** Who began a job after it had been lost. */
  begun(job: string): string {
    return `${this.prefix}:begun:${job}`
  }

  /** The lock that BullMQ lets a consumer hold while it works on a job. */
  lock(deployment: string, job: string): string {
    return `${this.prefix}:${deployment}:${job}:lock`
  }

  /** What executors answer to one gateway, a stream. */
  inbox(gateway: string): string {
    return `${this.prefix}:inbox:${gateway}`
  }

  /** Exists while a gateway is alive. */
  gateway(gateway: string): string {
    return `${this.prefix}:gateway:${gateway}`
  }

  /** Live consumers of a deployment, a hash. */
  consumers(deployment: string): string {
    return `${this.prefix}:consumers:${deployment}`
  }

  /** Where gateways tell the consumers of a deployment what cannot wait. */
  control(deployment: string): string {
    return `${this.prefix}:control:${deployment}`
  }

  /** Gone, or another, when Redis has lost its data. */
  get epoch(): string {
    return `${this.prefix}:epoch`
  }
}
