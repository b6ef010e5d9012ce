/** Now, in milliseconds since 1970 with microseconds behind the point. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now()
}
