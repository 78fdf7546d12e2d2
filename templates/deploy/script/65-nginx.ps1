
# -- nginx --

function Get-NginxText {
    param([object] $Release, [object[]] $Traffic)
    $Lines = @('# Written by Deploy.ps1 at every change of traffic.')
    foreach ($Farm in Get-Farm $Release) {
        $Lines += "upstream $($Farm.farm) {"
        foreach ($Share in $Traffic | Where-Object { $_.Unit.Service.name -eq $Farm.service }) {
            if ($Share.Weight -eq 0) { continue }
            $Port = Get-InstancePort $Share.Unit $Farm.port
            $Lines += "    server $($Release.proxy.nginx.upstream):$Port weight=$($Share.Weight) max_fails=2 fail_timeout=5s;"
        }
        $Lines += '    keepalive 16;', '}'
    }
    return ($Lines -join "`n") + "`n"
}

function Get-NginxPath {
    param([object] $Release, [string] $Suffix)
    return Join-Path (Join-Path $Release.proxy.nginx.directory 'conf') "$($Release.product.name)$Suffix.conf"
}

# Writes a file of nginx's configuration; gives what it was before, or nothing when it is the same.
function Set-NginxFile {
    param([string] $Path, [string] $Text)
    $Exists = Test-Path -LiteralPath $Path
    $Before = ''
    if ($Exists) { $Before += Get-Content -LiteralPath $Path -Raw -Encoding UTF8 }
    if ($Exists -and $Before.Trim() -ceq $Text.Trim()) { return $null }
    Write-NginxFile $Path $Text
    return [pscustomobject]@{ Exists = $Exists; Text = $Before }
}

# nginx reads UTF-8, and takes a byte-order mark for an error.
function Write-NginxFile {
    param([string] $Path, [string] $Text)
    Write-SharedFile $Path (New-Object System.Text.UTF8Encoding($false)).GetBytes($Text)
}

function Get-NginxTool {
    param([object] $Release)
    return Resolve-Tool $Release.proxy.nginx.directory 'nginx.exe'
}

function Invoke-Nginx {
    param([object] $Release, [string[]] $Arguments)
    return Invoke-Native (Get-NginxTool $Release) (@('-p', $Release.proxy.nginx.directory) + $Arguments) -AnyCode
}

# Checks and reloads; a configuration that nginx refuses, or does not take, is put back.
function Update-Nginx {
    param([object] $Release, [string] $Path, [object] $Before)
    try {
        $Test = Invoke-Nginx $Release @('-t')
        if ($Test.Code -ne 0) { Stop-Run "nginx refuses its configuration: $($Test.Output)" 'nginx.exe -t says the same; the former file is back' }
        Invoke-NginxReload $Release
    }
    catch {
        $Cause = $_
        if ($Before.Exists) { Write-NginxFile $Path $Before.Text } else { Remove-Item -LiteralPath $Path -Force }
        throw $Cause
    }
}

# An event of nginx's tells it to reload, and only the account that runs it may open that. As a service it is another account than
# the administrator's: then SYSTEM asks, and where that may not either, the service is restarted.
function Invoke-NginxReload {
    param([object] $Release)
    $Answer = Invoke-Nginx $Release @('-s', 'reload')
    if ($Answer.Code -eq 0) { return }
    # The number of the error is there in every language; 5 is ERROR_ACCESS_DENIED.
    if ($Answer.Output -notmatch '\(5: ') { Stop-Run "nginx was not reloaded: $($Answer.Output)" 'does it run? Deploy.ps1 Check shows how' }
    if (Invoke-AsSystem (Get-NginxTool $Release) @('-p', $Release.proxy.nginx.directory, '-s', 'reload') "$($Release.product.name) nginx reload") {
        Write-Line '    nginx was reloaded by SYSTEM'
        return
    }
    $Master = Get-NginxMaster $Release
    if (-not $Master -or -not $Master.Service) { Stop-Run "nginx was not reloaded: $($Answer.Output)" 'nginx runs as another user and as no service: reload it as that user, or make it a service' }
    Restart-Service -Name $Master.Service -Force
    Write-Line "    the service $($Master.Service) was restarted, because only its account $($Master.Account) may reload nginx"
}

# Runs a program once as SYSTEM, by a scheduled task that is removed again. Whether it ended well.
function Invoke-AsSystem {
    param([string] $Program, [string[]] $Arguments, [string] $Name)
    $Line = @($Arguments | ForEach-Object { ConvertTo-CommandLineArgument $_ }) -join ' '
    try {
        $Action = New-ScheduledTaskAction -Execute $Program -Argument $Line
        $Principal = New-ScheduledTaskPrincipal -UserId 'S-1-5-18' -LogonType ServiceAccount -RunLevel Highest
        Register-ScheduledTask -TaskName $Name -Action $Action -Principal $Principal -Force | Out-Null
        try {
            Start-ScheduledTask -TaskName $Name
            # SCHED_S_TASK_RUNNING and SCHED_S_TASK_HAS_NOT_RUN.
            $Deadline = [DateTime]::UtcNow.AddSeconds(30)
            do {
                Start-Sleep -Milliseconds 100
                $Result = [long](Get-ScheduledTaskInfo -TaskName $Name).LastTaskResult
            } while (@(267009, 267011) -contains $Result -and [DateTime]::UtcNow -lt $Deadline)
            return $Result -eq 0
        }
        finally { Unregister-ScheduledTask -TaskName $Name -Confirm:$false }
    }
    catch {
        Write-Line "    no task of SYSTEM: $($_.Exception.Message)"
        return $false
    }
}

# nginx's own process, as its pid file names it, with the service that runs it: itself, its parent, or that one's parent.
function Get-NginxMaster {
    param([object] $Release)
    $Path = Join-Path $Release.proxy.nginx.directory 'logs\nginx.pid'
    if (-not (Test-Path -LiteralPath $Path)) { return $null }
    $Id = 0
    if (-not [int]::TryParse("$(Get-Content -LiteralPath $Path -Raw)".Trim(), [ref]$Id)) { return $null }
    $Processes = @(Get-CimInstance -ClassName Win32_Process)
    $Services = @(Get-CimInstance -ClassName Win32_Service | Where-Object { $_.ProcessId })
    $Process = $Processes | Where-Object { $_.ProcessId -eq $Id } | Select-Object -First 1
    if (-not $Process) { return $null }
    $Found = $null
    for ($Step = 0; $Step -lt 3 -and $Process -and -not $Found; $Step++) {
        $Found = $Services | Where-Object { $_.ProcessId -eq $Process.ProcessId } | Select-Object -First 1
        $Process = $Processes | Where-Object { $_.ProcessId -eq $Process.ParentProcessId } | Select-Object -First 1
    }
    $Service = if ($Found) { $Found.Name } else { '' }
    $Account = if ($Found) { $Found.StartName } else { '' }
    return [pscustomobject]@{ ProcessId = $Id; Service = $Service; Account = $Account }
}

function Set-NginxTraffic {
    param([object] $Release, [object[]] $Traffic)
    $Path = Get-NginxPath $Release '.upstream'
    $Before = Set-NginxFile $Path (Get-NginxText $Release $Traffic)
    if (-not $Before) { return }
    if (Test-Path -LiteralPath (Get-NginxPath $Release '')) { Update-Nginx $Release $Path $Before }
    Add-Change 'traffic in nginx'
}

# The server block, from the folder.
function Set-NginxFront {
    param([object] $Release)
    $Source = Join-Path (Get-ReleaseFolder $Release.product.version) 'nginx.conf'
    $Path = Get-NginxPath $Release ''
    $Before = Set-NginxFile $Path (Get-Content -LiteralPath $Source -Raw -Encoding UTF8)
    if (-not $Before) { return }
    Update-Nginx $Release $Path $Before
    Add-Change 'server block in nginx'
}

# The line in nginx.conf that includes the file is not ours: where it names the file itself, an empty one stays, or nginx would not start again.
function Remove-NginxFront {
    param([object] $Release)
    $Server = Get-NginxPath $Release ''
    $Upstream = Get-NginxPath $Release '.upstream'
    if (-not (Test-Path -LiteralPath $Server) -and -not (Test-Path -LiteralPath $Upstream)) { return }
    $Empty = "# Removed by Deploy.ps1. Take the line that includes this file out of nginx.conf, then delete it.`n"
    $Before = Set-NginxFile $Server $Empty
    if (-not $Before) { return }
    if (Test-Path -LiteralPath $Upstream) { Remove-Item -LiteralPath $Upstream -Force }
    # An nginx that does not run has nothing to forget.
    try { Invoke-NginxReload $Release } catch { Write-Line "    $(("$($_.Exception.Message)" -split "`n")[0])" }
    Remove-Item -LiteralPath $Server -Force
    $Test = try { Invoke-Nginx $Release @('-t') } catch { $null }
    if ($Test -and $Test.Code -ne 0 -and $Test.Output.Contains("$($Release.product.name).conf")) {
        Write-NginxFile $Server $Empty
        Write-Line "    kept: $Server, empty, because nginx.conf includes it by its name"
    }
    Add-Change 'configuration of nginx removed'
}
