import type { Asking, ManagementSettings, Role } from './options.ts'
import { Problem } from './problem.ts'

/** How long the hook may think. */
const WITHIN = 10_000

/** Lets a request in if the hook does. @throws {Problem} 403, which does not say why */
export async function admit(
  { authorize, log }: ManagementSettings,
  request: Request,
  asking: Asking,
): Promise<void> {
  const role = authorize === undefined ? undefined : await ask(authorize, request, asking, log)
  if (role === 'write' || role === asking.needs) return
  if (role === undefined) throw new Problem(403, 'forbidden', 'Not allowed.')
  throw new Problem(403, 'read-only', 'This needs the role "write".')
}

async function ask(
  authorize: NonNullable<ManagementSettings['authorize']>,
  request: Request,
  asking: Asking,
  log: ManagementSettings['log'],
): Promise<Role | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${WITHIN} ms`)), WITHIN)
  })
  try {
    const answer: unknown = await Promise.race([authorize(request, asking), late])
    if (answer === true) return 'write'
    if (answer === false) return undefined
    const { role } = Object(answer) as { role?: unknown }
    if (role === 'read' || role === 'write') return role
    log('management: authorize must give true, false or { role }; the request is refused')
  } catch (error) {
    log('management: authorize failed; the request is refused', error)
  } finally {
    clearTimeout(timer)
  }
  return undefined
}

/**
 * Refuses changes that a page of another origin could have a browser send: without a preflight it can give
 * neither this content type nor a header of its own, and browsers say where a request comes from.
 *
 * @throws {Problem} 403
 */
export function refuseForged({ headers }: Request): void {
  const site = headers.get('sec-fetch-site')
  const isForeign = site !== null && site !== 'same-origin' && site !== 'none'
  const isSimple =
    !/^application\/json\s*(;|$)/i.test(headers.get('content-type') ?? '') &&
    !headers.has('x-requested-with')
  if (isForeign || isSimple) {
    const why = isForeign
      ? 'Changes are not taken from other sites.'
      : 'Changes need "Content-Type: application/json", or the header "X-Requested-With".'
    throw new Problem(403, 'forged', why)
  }
}
