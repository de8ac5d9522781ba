export class Drawer { constructor() {} draw() {} toggle() {} wire() {} }
