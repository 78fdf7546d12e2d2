
# ---- The right to log on as a service -----------------------------------------------------------------------------------------

# Grants it to an ordinary or group managed account; sc.exe does not. The account's SID is added to the local policy.
function Grant-LogonRight {
    param([object] $Unit)
    if (-not $Unit.Service.account.needs_logon_right) { return }
    $Account = Get-AccountName $Unit
    $Sid = (New-Object Security.Principal.NTAccount($Account)).Translate([Security.Principal.SecurityIdentifier]).Value
    $Folder = Join-Path ([IO.Path]::GetTempPath()) ([Guid]::NewGuid().ToString())
    New-Item -ItemType Directory -Path $Folder | Out-Null
    try {
        $Policy = Join-Path $Folder 'policy.inf'
        Invoke-Native 'secedit.exe' @('/export', '/cfg', $Policy, '/areas', 'USER_RIGHTS') | Out-Null
        $Line = @(Get-Content -LiteralPath $Policy | Where-Object { $_ -match '^SeServiceLogonRight\s*=' })
        $Holders = @(if ($Line.Count -gt 0) { $Line[0].Split('=')[1].Split(',') | ForEach-Object { $_.Trim() } })
        if ($Holders -contains "*$Sid") { return }
        $Text = @('[Unicode]', 'Unicode=yes', '[Version]', 'signature="$CHICAGO$"', 'Revision=1', '[Privilege Rights]')
        $Text += 'SeServiceLogonRight = ' + ((@($Holders) + "*$Sid") -join ',')
        Set-Content -LiteralPath $Policy -Value $Text -Encoding Unicode
        Invoke-Native 'secedit.exe' @('/configure', '/db', (Join-Path $Folder 'policy.sdb'), '/cfg', $Policy, '/areas', 'USER_RIGHTS') | Out-Null
        Add-Change "right to log on as a service for $Account"
    }
    finally { Remove-Item -LiteralPath $Folder -Recurse -Force }
}
