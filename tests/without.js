// Runs a program as if packages were not installed: WITHOUT=bullmq node --import ./tests/without.js …, for all whose names begin so.
import { register } from 'node:module'

const hooks = `
export async function resolve(specifier, context, next) {
  if (!specifier.startsWith(${JSON.stringify(process.env.WITHOUT)})) return next(specifier, context)
  throw Object.assign(new Error("Cannot find package '" + specifier + "'"), { code: 'ERR_MODULE_NOT_FOUND' })
}`
register(`data:text/javascript,${encodeURIComponent(hooks)}`)
