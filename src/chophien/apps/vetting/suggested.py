"""Rules of shows to begin with: what Law 122/2025 asks of hosts, in plain words."""

VI = """1. Ai lên sóng. Người dẫn xác minh danh tính với ban tổ chức trước phiên đầu tiên. Người dẫn AI luôn được ghi rõ là AI, bằng hình và bằng chữ.
2. Hàng bán. Chỉ bán hàng của gian hàng đã được duyệt và có đủ giấy tờ. Người dẫn từ chối hàng thiếu giấy tờ.
3. Quảng cáo. Thực phẩm bảo vệ sức khỏe, mỹ phẩm và sữa cho trẻ phải có giấy xác nhận nội dung quảng cáo. Không giới thiệu thuốc lá, rượu từ 15 độ, thuốc chữa bệnh và sữa thay thế sữa mẹ cho trẻ dưới 24 tháng tuổi.
4. Nói đúng. Không nói sai hoặc gây hiểu nhầm về công dụng, nguồn gốc, chất lượng, giá, khuyến mại, bảo hành.
5. Cảnh báo. Hàng có rủi ro phải kèm cảnh báo; người dẫn đọc cảnh báo thành lời.
6. Ứng xử. Lời nói, trang phục và hành vi đúng mực; tôn trọng người xem và trẻ em.
7. Kiểm soát. Phiên được ghi lại và lưu. Ban tổ chức theo dõi, có thể tắt trò chuyện, gỡ hàng, dừng phiên hoặc cấm người dẫn; lý do được lưu và cho biết.
8. Khiếu nại. Người xem khiếu nại được trong và sau phiên. Ban tổ chức trả lời trong 7 ngày.
9. Khi cơ quan nhà nước hoặc người bán yêu cầu, hàng hoặc phiên vi phạm được gỡ ngay.
"""

EN = """1. Who is on air. A host proves their identity to the organiser before the first show. An AI host is always marked as AI, in picture and in writing.
2. What is sold. Only goods of admitted stalls whose papers are on file. A host refuses goods that lack papers.
3. Advertising. Health supplements, cosmetics and milk for children need a confirmation of their advertising. Tobacco, spirits of 15 degrees and above, medicines and breast-milk substitutes for children under 24 months are not shown.
4. True words. Nothing false or misleading about use, origin, quality, price, promotion or warranty.
5. Warnings. Goods with a risk carry a warning, and the host reads it out.
6. Conduct. Decent words, dress and behaviour; respect for viewers and children.
7. Control. Shows are recorded and kept. The organiser watches, and can mute the chat, take goods down, stop a show or bar a host; the reason is kept and told.
8. Complaints. Viewers can complain during a show and after it. The organiser answers within 7 days.
9. What breaks the law is taken down at once when an authority or the seller asks for it.
"""

ZH = """1. 谁可开播：主播首次开播前须向主办方核实身份。AI主播始终以画面和文字标明为AI。
2. 卖什么：只卖已入驻且证照齐全的摊位的商品。主播应拒绝证照不全的商品。
3. 广告：保健食品、化妆品、儿童奶粉须有广告内容确认书。不得介绍烟草、15度及以上的酒、药品以及24个月以下婴儿的母乳代用品。
4. 说真话：不得就功效、产地、质量、价格、促销、保修作虚假或误导性陈述。
5. 警示：有风险的商品须附警示，主播须口头读出。
6. 言行：言语、着装、举止得体，尊重观众和未成年人。
7. 管理：直播会被录制并保存。主办方进行监看，可关闭聊天、下架商品、停止直播或禁播主播；理由会留存并告知。
8. 投诉：观众在直播中和直播后均可投诉。主办方在7天内答复。
9. 主管机关或卖家提出要求时，违规商品或直播立即下架。
"""
