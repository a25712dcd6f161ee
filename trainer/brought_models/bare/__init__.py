"""What does a brought model take and give, as its file has it?"""
