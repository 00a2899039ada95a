// Package rotation gives an agency a new key and wraps anew, as a job, what the older ones hold, while everybody works on. It also destroys
// the keys of an agency that has gone (Shred).
//
// Invariants
//   - From the moment the rotation is committed every transaction seals under the new key; what the old ones sealed opens all along.
//   - The job wraps small keys and single values; data under small keys is not touched, nor is any version or ETag.
//   - The last item of the job looks once more through everything. Only when nothing is left under an older key does that key retire; what had
//     retired in the rotation before is destroyed. So a transaction that was under way when the rotation began, and wrote late, loses nothing.
//   - A job that was cancelled, or could not open something, retires nothing; the next rotation takes it up.
//
// Jobs: kind rotation. Actions: keys.read, keys.rotate. Errors: keys.rotating (409), keys.left (409).
package rotation
