BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0015');
CREATE TABLE draft (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	guild_id BIGINT NOT NULL, 
	user_id BIGINT NOT NULL, 
	draft JSON NOT NULL, 
	refused_at BIGINT NOT NULL
);
INSERT INTO "draft" VALUES(77,10,20,'{"prompt": "bad", "size": "16:99", "quality": null, "count": null, "references": [{"url": "https://cdn.discordapp.com/attachments/30/900/cat.png?ex=1", "name": "cat.png", "content_type": "image/png", "bytes": 9, "width": 64, "height": 48, "source": "", "attachment_id": null, "spoiler": false}], "private": false, "parent_id": null}',1728000001000);
CREATE TABLE fact (
	"key" VARCHAR NOT NULL, 
	value JSON NOT NULL, 
	CONSTRAINT pk_fact PRIMARY KEY ("key")
);
INSERT INTO "fact" VALUES('opened_by','"0.1.0"');
INSERT INTO "fact" VALUES('paused','true');
CREATE TABLE member (
	guild_id BIGINT NOT NULL, 
	user_id BIGINT NOT NULL, 
	turns BIGINT NOT NULL, 
	CONSTRAINT pk_member PRIMARY KEY (guild_id, user_id)
);
INSERT INTO "member" VALUES(0,0,19);
INSERT INTO "member" VALUES(10,0,10);
INSERT INTO "member" VALUES(10,20,11);
INSERT INTO "member" VALUES(10,21,1);
CREATE TABLE post (
	task_id INTEGER NOT NULL, 
	page INTEGER NOT NULL, 
	first INTEGER NOT NULL, 
	stop INTEGER NOT NULL, 
	way VARCHAR NOT NULL, 
	intent_at BIGINT, 
	channel_id BIGINT, 
	message_id BIGINT, nonce VARCHAR DEFAULT '' NOT NULL, follows BIGINT, 
	CONSTRAINT pk_post PRIMARY KEY (task_id, page), 
	CONSTRAINT fk_post_task_id FOREIGN KEY(task_id) REFERENCES task (id)
);
INSERT INTO "post" VALUES(5,0,0,2,'channel',1728000022000,NULL,NULL,'1000004.0',5005);
INSERT INTO "post" VALUES(6,0,0,2,'channel',1728000001000,30,6006,'1000005.0',5006);
CREATE TABLE quota_rule (
	guild_id BIGINT NOT NULL, 
	subject VARCHAR NOT NULL, 
	subject_id BIGINT NOT NULL, 
	window VARCHAR NOT NULL, 
	images INTEGER, 
	set_by BIGINT NOT NULL, 
	set_at BIGINT NOT NULL, 
	CONSTRAINT pk_quota_rule PRIMARY KEY (guild_id, subject, subject_id, window)
);
INSERT INTO "quota_rule" VALUES(10,'user',20,'day',7,1,1728000001000);
INSERT INTO "quota_rule" VALUES(10,'server',10,'day',NULL,1,1728000001000);
INSERT INTO "quota_rule" VALUES(10,'user',21,'block',0,1,1728000001000);
CREATE TABLE result (
	task_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	url VARCHAR NOT NULL, 
	file VARCHAR, 
	width INTEGER, 
	height INTEGER, 
	bytes BIGINT, 
	sha256 VARCHAR, 
	CONSTRAINT pk_result PRIMARY KEY (task_id, position), 
	CONSTRAINT fk_result_task_id FOREIGN KEY(task_id) REFERENCES task (id)
);
INSERT INTO "result" VALUES(5,0,'https://evolink/5/0','results/1000004-0',2848,1600,5000000,'abababababababababababababababababababababababababababababababab');
INSERT INTO "result" VALUES(5,1,'https://evolink/5/1','results/1000004-1',2848,1600,5000000,'abababababababababababababababababababababababababababababababab');
INSERT INTO "result" VALUES(6,0,'https://evolink/6/0','results/1000005-0',2848,1600,5000000,'abababababababababababababababababababababababababababababababab');
INSERT INTO "result" VALUES(6,1,'https://evolink/6/1','results/1000005-1',2848,1600,5000000,'abababababababababababababababababababababababababababababababab');
INSERT INTO "result" VALUES(7,0,'https://evolink/7/0','results/1000006-0',2848,1600,5000000,'abababababababababababababababababababababababababababababababab');
CREATE TABLE server_setting (
	guild_id BIGINT NOT NULL, 
	name VARCHAR NOT NULL, 
	value JSON NOT NULL, 
	set_by BIGINT NOT NULL, 
	set_at BIGINT NOT NULL, 
	CONSTRAINT pk_server_setting PRIMARY KEY (guild_id, name)
);
INSERT INTO "server_setting" VALUES(10,'private','false',1,1728000001000);
CREATE TABLE task (
	id INTEGER NOT NULL, 
	guild_id BIGINT NOT NULL, 
	channel_id BIGINT NOT NULL, 
	user_id BIGINT NOT NULL, 
	locale VARCHAR NOT NULL, 
	interaction_id BIGINT NOT NULL, 
	application_id BIGINT NOT NULL, 
	token VARCHAR, 
	card_id BIGINT, 
	request JSON NOT NULL, 
	quality VARCHAR NOT NULL, 
	private BOOLEAN NOT NULL, 
	state VARCHAR NOT NULL, 
	reserved INTEGER NOT NULL, 
	charged INTEGER, 
	charged_at BIGINT, 
	attempt INTEGER NOT NULL, 
	intent_at BIGINT, 
	remote_id VARCHAR, 
	submitted_at BIGINT, 
	progress INTEGER NOT NULL, 
	estimate INTEGER, 
	wake_at BIGINT, 
	owner VARCHAR, 
	version INTEGER NOT NULL, 
	cancel_requested BOOLEAN NOT NULL, 
	failures INTEGER NOT NULL, 
	deadline BIGINT, 
	parent_id INTEGER, 
	upload_limit BIGINT NOT NULL, 
	reason VARCHAR, 
	created_at BIGINT NOT NULL, 
	ended_at BIGINT, 
	drawn_ms BIGINT, drawn INTEGER, collected_at BIGINT, card_mark BIGINT, publishing BOOLEAN DEFAULT 0 NOT NULL, deleting BOOLEAN DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_task PRIMARY KEY (id), 
	CONSTRAINT fk_task_parent_id FOREIGN KEY(parent_id) REFERENCES task (id), 
	CONSTRAINT uq_task_interaction_id UNIQUE (interaction_id), 
	CONSTRAINT uq_task_remote_id UNIQUE (remote_id)
);
INSERT INTO "task" VALUES(1,10,30,20,'zh-CN',1000000,40,'token',5001,'{"v": 1, "prompt": "a cat", "size": "16:9", "quality": "2K", "count": 2, "references": []}','2K',0,'queued',2,NULL,NULL,1,1728000001000,NULL,NULL,0,20000,1729000001000,NULL,4,0,1,NULL,NULL,10485760,'credits',1728000001000,NULL,NULL,NULL,NULL,25596036,0,0);
INSERT INTO "task" VALUES(2,10,30,20,'zh-CN',1000001,40,'token',5002,'{"v": 1, "prompt": "a cat", "size": "16:9", "quality": "2K", "count": 1, "references": [{"url": "https://cdn.discordapp.com/attachments/30/900/cat.png?ex=1", "name": "cat.png", "content_type": "image/png", "bytes": 9, "width": 64, "height": 48, "source": "", "attachment_id": null, "spoiler": false}]}','2K',0,'preparing',1,NULL,NULL,0,NULL,NULL,NULL,0,20000,1728000061000,'main/a',2,0,0,NULL,NULL,10485760,NULL,1728000001000,NULL,NULL,0,NULL,1514403852,0,0);
INSERT INTO "task" VALUES(3,10,30,20,'zh-CN',1000002,40,'token',5003,'{"v": 1, "prompt": "a cat", "size": "16:9", "quality": "2K", "count": 1, "references": []}','2K',0,'submitting',1,NULL,NULL,1,1728000001000,NULL,NULL,0,20000,1728000061000,'main/a',3,0,0,NULL,NULL,10485760,NULL,1728000001000,NULL,NULL,NULL,NULL,229471642,0,0);
INSERT INTO "task" VALUES(4,10,30,20,'zh-CN',1000003,40,'token',5004,'{"v": 1, "prompt": "a cat", "size": "16:9", "quality": "2K", "count": 1, "references": []}','2K',0,'running',1,NULL,NULL,1,1728000001000,'remote-4',1728000001000,40,20000,1728000021000,NULL,5,0,0,1728086401000,NULL,10485760,NULL,1728000001000,NULL,NULL,NULL,NULL,999752984,0,0);
INSERT INTO "task" VALUES(5,10,30,20,'zh-CN',1000004,40,'token',5005,'{"v": 1, "prompt": "a cat", "size": "16:9", "quality": "2K", "count": 2, "references": []}','2K',0,'ready',2,NULL,NULL,1,1728000001000,'remote-5',1728000001000,100,20000,1728000061000,NULL,6,0,0,1728086401000,NULL,10485760,NULL,1728000001000,NULL,20000,2,NULL,1625450100,0,0);
INSERT INTO "task" VALUES(6,10,30,20,'zh-CN',1000005,40,NULL,5006,'{"v": 1, "prompt": "a cat", "size": "16:9", "quality": "2K", "count": 2, "references": []}','2K',0,'delivered',2,2,1728000023000,1,1728000001000,'remote-6',1728000001000,100,20000,NULL,NULL,7,0,0,1728086401000,NULL,10485760,NULL,1728000001000,1728000023000,20000,2,NULL,583100548,0,0);
INSERT INTO "task" VALUES(7,10,30,20,'zh-CN',1000006,40,NULL,5007,'{"v": 1, "prompt": "a cat", "size": "16:9", "quality": "2K", "count": 1, "references": []}','2K',1,'kept',1,1,1728000023000,1,1728000001000,'remote-7',1728000001000,100,20000,1728604801000,NULL,7,0,0,1728086401000,NULL,10485760,'stopped',1728000001000,1728000023000,20000,1,NULL,1461183158,0,0);
INSERT INTO "task" VALUES(8,10,30,20,'zh-CN',1000007,40,NULL,5008,'{"v": 1, "prompt": "a cat", "size": "16:9", "quality": "2K", "count": 1, "references": []}','2K',0,'failed',1,0,1728000021000,1,1728000001000,'remote-8',1728000001000,0,20000,NULL,NULL,6,0,0,1728086401000,NULL,10485760,'content_policy_violation',1728000001000,1728000021000,NULL,0,NULL,559402791,0,0);
INSERT INTO "task" VALUES(9,10,30,20,'zh-CN',1000008,40,NULL,5009,'{"v": 1, "prompt": "a cat", "size": "16:9", "quality": "2K", "count": 1, "references": []}','2K',0,'cancelled',1,0,1728000006000,0,NULL,NULL,NULL,0,20000,NULL,NULL,3,1,0,NULL,NULL,10485760,NULL,1728000001000,1728000006000,NULL,0,NULL,171773033,0,0);
INSERT INTO "task" VALUES(10,10,30,20,'zh-CN',1000009,40,NULL,5010,'{"v": 1, "prompt": "a cat", "size": "16:9", "quality": "2K", "count": 4, "references": []}','2K',0,'unknown',4,0,1728000601000,1,1728000001000,NULL,NULL,0,20000,NULL,NULL,5,0,0,NULL,NULL,10485760,'unknown_outcome',1728000001000,1728000601000,NULL,NULL,NULL,1779502559,0,0);
CREATE TABLE task_event (
	id INTEGER NOT NULL, 
	task_id INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	kind VARCHAR NOT NULL, 
	actor VARCHAR NOT NULL, 
	detail VARCHAR NOT NULL, 
	CONSTRAINT pk_task_event PRIMARY KEY (id), 
	CONSTRAINT fk_task_event_task_id FOREIGN KEY(task_id) REFERENCES task (id)
);
INSERT INTO "task_event" VALUES(1,1,1728000001000,'accepted','20','');
INSERT INTO "task_event" VALUES(2,1,1728000001000,'shown','bot','5001');
INSERT INTO "task_event" VALUES(3,1,1728000001000,'queued','bot','');
INSERT INTO "task_event" VALUES(4,1,1728000001000,'preparing','bot','');
INSERT INTO "task_event" VALUES(5,1,1728000001000,'submitting','bot','');
INSERT INTO "task_event" VALUES(6,1,1728000001000,'refused','bot','insufficient_quota');
INSERT INTO "task_event" VALUES(7,2,1728000001000,'accepted','20','');
INSERT INTO "task_event" VALUES(8,2,1728000001000,'shown','bot','5002');
INSERT INTO "task_event" VALUES(9,2,1728000001000,'queued','bot','');
INSERT INTO "task_event" VALUES(10,2,1728000001000,'preparing','bot','');
INSERT INTO "task_event" VALUES(11,3,1728000001000,'accepted','20','');
INSERT INTO "task_event" VALUES(12,3,1728000001000,'shown','bot','5003');
INSERT INTO "task_event" VALUES(13,3,1728000001000,'queued','bot','');
INSERT INTO "task_event" VALUES(14,3,1728000001000,'preparing','bot','');
INSERT INTO "task_event" VALUES(15,3,1728000001000,'submitting','bot','');
INSERT INTO "task_event" VALUES(16,4,1728000001000,'accepted','20','');
INSERT INTO "task_event" VALUES(17,4,1728000001000,'shown','bot','5004');
INSERT INTO "task_event" VALUES(18,4,1728000001000,'queued','bot','');
INSERT INTO "task_event" VALUES(19,4,1728000001000,'preparing','bot','');
INSERT INTO "task_event" VALUES(20,4,1728000001000,'submitting','bot','');
INSERT INTO "task_event" VALUES(21,4,1728000001000,'taken','bot','remote-4');
INSERT INTO "task_event" VALUES(22,4,1728000001000,'running','bot','');
INSERT INTO "task_event" VALUES(23,4,1728000011000,'read','bot','');
INSERT INTO "task_event" VALUES(24,5,1728000001000,'accepted','20','');
INSERT INTO "task_event" VALUES(25,5,1728000001000,'shown','bot','5005');
INSERT INTO "task_event" VALUES(26,5,1728000001000,'queued','bot','');
INSERT INTO "task_event" VALUES(27,5,1728000001000,'preparing','bot','');
INSERT INTO "task_event" VALUES(28,5,1728000001000,'submitting','bot','');
INSERT INTO "task_event" VALUES(29,5,1728000001000,'taken','bot','remote-5');
INSERT INTO "task_event" VALUES(30,5,1728000001000,'running','bot','');
INSERT INTO "task_event" VALUES(31,5,1728000021000,'ready','bot','');
INSERT INTO "task_event" VALUES(32,5,1728000022000,'posting','bot','');
INSERT INTO "task_event" VALUES(33,6,1728000001000,'accepted','20','');
INSERT INTO "task_event" VALUES(34,6,1728000001000,'shown','bot','5006');
INSERT INTO "task_event" VALUES(35,6,1728000001000,'queued','bot','');
INSERT INTO "task_event" VALUES(36,6,1728000001000,'preparing','bot','');
INSERT INTO "task_event" VALUES(37,6,1728000001000,'submitting','bot','');
INSERT INTO "task_event" VALUES(38,6,1728000001000,'taken','bot','remote-6');
INSERT INTO "task_event" VALUES(39,6,1728000001000,'running','bot','');
INSERT INTO "task_event" VALUES(40,6,1728000021000,'ready','bot','');
INSERT INTO "task_event" VALUES(41,6,1728000023000,'delivered','bot','');
INSERT INTO "task_event" VALUES(42,6,1728000024000,'closed','bot','');
INSERT INTO "task_event" VALUES(43,7,1728000001000,'accepted','20','');
INSERT INTO "task_event" VALUES(44,7,1728000001000,'shown','bot','5007');
INSERT INTO "task_event" VALUES(45,7,1728000001000,'queued','bot','');
INSERT INTO "task_event" VALUES(46,7,1728000001000,'preparing','bot','');
INSERT INTO "task_event" VALUES(47,7,1728000001000,'submitting','bot','');
INSERT INTO "task_event" VALUES(48,7,1728000001000,'taken','bot','remote-7');
INSERT INTO "task_event" VALUES(49,7,1728000001000,'running','bot','');
INSERT INTO "task_event" VALUES(50,7,1728000021000,'ready','bot','');
INSERT INTO "task_event" VALUES(51,7,1728000023000,'kept','bot','');
INSERT INTO "task_event" VALUES(52,7,1728000024000,'closed','bot','');
INSERT INTO "task_event" VALUES(53,8,1728000001000,'accepted','20','');
INSERT INTO "task_event" VALUES(54,8,1728000001000,'shown','bot','5008');
INSERT INTO "task_event" VALUES(55,8,1728000001000,'queued','bot','');
INSERT INTO "task_event" VALUES(56,8,1728000001000,'preparing','bot','');
INSERT INTO "task_event" VALUES(57,8,1728000001000,'submitting','bot','');
INSERT INTO "task_event" VALUES(58,8,1728000001000,'taken','bot','remote-8');
INSERT INTO "task_event" VALUES(59,8,1728000001000,'running','bot','');
INSERT INTO "task_event" VALUES(60,8,1728000021000,'failed','bot','');
INSERT INTO "task_event" VALUES(61,8,1728000022000,'closed','bot','');
INSERT INTO "task_event" VALUES(62,9,1728000001000,'accepted','20','');
INSERT INTO "task_event" VALUES(63,9,1728000001000,'shown','bot','5009');
INSERT INTO "task_event" VALUES(64,9,1728000001000,'queued','bot','');
INSERT INTO "task_event" VALUES(65,9,1728000001000,'cancel_requested','20','');
INSERT INTO "task_event" VALUES(66,9,1728000006000,'cancelled','bot','');
INSERT INTO "task_event" VALUES(67,9,1728000007000,'closed','bot','');
INSERT INTO "task_event" VALUES(68,10,1728000001000,'accepted','20','');
INSERT INTO "task_event" VALUES(69,10,1728000001000,'shown','bot','5010');
INSERT INTO "task_event" VALUES(70,10,1728000001000,'queued','bot','');
INSERT INTO "task_event" VALUES(71,10,1728000001000,'preparing','bot','');
INSERT INTO "task_event" VALUES(72,10,1728000001000,'submitting','bot','');
INSERT INTO "task_event" VALUES(73,10,1728000601000,'unknown','bot','');
INSERT INTO "task_event" VALUES(74,10,1728000602000,'closed','bot','');
CREATE TABLE tray (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	guild_id BIGINT NOT NULL, 
	user_id BIGINT NOT NULL, 
	picture VARCHAR NOT NULL, 
	reference JSON NOT NULL, 
	put_at BIGINT NOT NULL, 
	CONSTRAINT uq_tray_guild_id UNIQUE (guild_id, user_id, picture)
);
INSERT INTO "tray" VALUES(1,10,20,'attachment:900','{"url": "https://cdn.discordapp.com/attachments/30/900/cat.png?ex=1", "name": "cat.png", "content_type": "image/png", "bytes": 9, "width": 64, "height": 48, "source": "", "attachment_id": null, "spoiler": false}',1728000001000);
CREATE TABLE upload (
	task_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	source VARCHAR NOT NULL, 
	pixels INTEGER DEFAULT '0' NOT NULL, 
	file VARCHAR, 
	file_id VARCHAR, 
	url VARCHAR, 
	CONSTRAINT pk_upload PRIMARY KEY (task_id, position), 
	CONSTRAINT fk_upload_task_id FOREIGN KEY(task_id) REFERENCES task (id)
);
INSERT INTO "upload" VALUES(2,0,'attachment:900',3072,'references/sha256-00','f-1','https://files/1');
CREATE INDEX task_created ON task (created_at);
CREATE INDEX task_drawn ON task (quality, reserved, id) WHERE drawn_ms IS NOT NULL;
CREATE INDEX task_due ON task (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX task_in_state ON task (state, user_id);
CREATE INDEX task_of_user ON task (guild_id, user_id, created_at);
CREATE INDEX task_owned ON task (owner) WHERE owner IS NOT NULL;
CREATE INDEX result_stored ON result (task_id) WHERE file IS NOT NULL;
CREATE INDEX task_event_of_task ON task_event (task_id);
CREATE INDEX tray_put ON tray (put_at);
CREATE INDEX task_paid ON task (intent_at) WHERE intent_at IS NOT NULL;
CREATE INDEX post_message ON post (message_id);
CREATE INDEX draft_refused ON draft (refused_at);
CREATE INDEX upload_picture ON upload (source) WHERE file IS NOT NULL;
CREATE INDEX upload_file ON upload (file) WHERE file IS NOT NULL;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('draft',77);
INSERT INTO "sqlite_sequence" VALUES('tray',1);
COMMIT;
