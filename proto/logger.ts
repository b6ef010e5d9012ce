/** The part of pino's logger that executors and gateways use; any logger with these methods will do. */
export interface Logger {
  debug(fields: object, message?: string): void
  info(fields: object, message?: string): void
  warn(fields: object, message?: string): void
  error(fields: object, message?: string): void
}

const ignore = () => {}

/** Says nothing: the default of everything that is used without a flow. */
export const silent: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore }
