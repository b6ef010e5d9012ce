/** Bundles the client for pages without a build step into one file. */
export function bundleClient(outfile: string): void
