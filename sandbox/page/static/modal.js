export function showModal() {}
